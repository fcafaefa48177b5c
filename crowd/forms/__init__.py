"""What people type into the pages. A form keeps every text as typed; whether it may be sent is the services' to say."""
