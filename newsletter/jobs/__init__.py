"""The verbs: each joins the stages of the flow in short transactions, for every face alike."""
