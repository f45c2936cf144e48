"""Ways into an account: links, passwords, passkeys, second steps, other providers, devices."""
