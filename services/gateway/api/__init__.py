"""What the gateway answers: its own documents and health, and everything it passes on."""
