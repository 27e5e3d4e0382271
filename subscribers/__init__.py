"""Who gets mail, and by what right. Knows nothing of articles, templates or SMTP."""
