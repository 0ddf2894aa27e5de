"""What each API call has to be allowed: its actions, the resources of each, and the condition keys that come with it.

Resource types and condition keys: Service Authorization Reference; a test compares them with its data.
"""
