"""The bundled site: made-up author pages on loopback, for the offline demo and for the tests."""
