"""What is told, rendered: one message as text, HTML or typed JSON. Pure: nothing here sends or asks the time.

`view` says a story in a reader's words, `page` a whole digest; `subject`, `text` and `html` set them, `payload` is for
machines (`schema/webhook-1.json`).
"""
