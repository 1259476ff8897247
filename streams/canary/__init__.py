"""The canary: a made-up customer who goes from the gateway to the desk's notice all the time, and says when not."""
