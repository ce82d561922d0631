"""What proves who somebody is: passwords, second factor, recovery codes, tokens, and the throttle before them.

Pure rules and cryptography; rows are read and written by the services that use them.
"""
