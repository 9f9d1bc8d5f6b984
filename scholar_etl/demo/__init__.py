"""The bundled site: made-up author pages on loopback, for the offline demo and for the tests.

Facts apart from markup, and both apart from the wire:

| module      | knows                                                                                |
|-------------|--------------------------------------------------------------------------------------|
| `facts`     | the authors, what their stories start from, and the JSON form of a profile           |
| `invent`    | how authors and papers are made up                                                   |
| `story`     | what a page says on a day: `profile_on(key, day, today)`                             |
| `markups`   | how a profile becomes a page: `render(profile, key=…, today=…, markup=…)`            |
| `faults`    | what can go wrong with an answer, by name                                            |
| `scene`     | the state of the site, and the answer to a path                                      |
| `server`    | the wire, the log of requests, the control endpoints                                 |
| `site`      | the process: `DemoSite` starts, steers and ends one                                  |
"""
