"""What goes through a net's layers, and what to write where one fails.

``trace`` runs a copy of the net, ``rules`` know what layers expect,
``table`` shows both, ``errors`` finds net and input in a traceback.
"""
