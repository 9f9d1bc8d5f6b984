"""Alerts: which changes are worth telling, how they are told, and to whom.

rules       pure: what is new against the rules of the settings
message     pure: alerts to a subject and a body, harmless wherever they are read
channels    the only user of apprise
"""
