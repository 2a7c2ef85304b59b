"""The long-running process: signals, the scheduler that rings, the control socket, systemd's notifications."""
