"""From a rendered variant to the bytes a relay accepts: headers, MIME, signatures, SMTP."""
