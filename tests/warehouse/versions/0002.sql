insert into etl.author values
    ('scholarfeed:1', 'scholarfeed', 'Author 1', 'CL', 'https://www.scholarfeed.org/author/1', '2026-03-01 05:00:00', '2026-03-06 05:00:00', '2026-03-06 05:00:00', 5, null, 13, null, null, 'd668d32a-fc43-6efc-a979-c974353adc0e', '2026-03-06 05:00:00', 'accepted'),
    ('scholarfeed:2', 'scholarfeed', 'Author 2', 'CL', 'https://www.scholarfeed.org/author/2', '2026-03-01 05:00:00', '2026-03-03 05:00:00', '2026-03-03 05:00:00', 1, null, null, 5, null, '7ebb3c7c-2a87-b1a2-f8a7-ed729ecb040d', '2026-03-03 05:00:00', 'accepted'),
    ('scholarfeed:3', 'scholarfeed', 'Author 3', 'CL', 'https://www.scholarfeed.org/author/3', '2026-03-01 05:00:00', '2026-03-01 05:00:00', '2026-03-01 05:00:00', null, null, null, null, 9, '9a4a6212-ed75-1a6a-5fba-cd3a6b6afef7', '2026-03-01 05:00:00', null);

insert into etl.capture values
    ('scholarfeed:1', '2026-03-01 05:00:00', '00000000-0000-0001-0000-000000000000', 'run-0', 'scholarfeed', 'https://www.scholarfeed.org/author/1', 200, 'accepted', 1, 'sha1:AAAA', '0.warc.gz', 1, null, null, 1, '2026-03-01 05:00:00', 'Author 1', 'CL', true, 2, 3, null, 10, null, null, 'b27d2712-de23-03ac-e76e-d74af26bede6'),
    ('scholarfeed:1', '2026-03-02 05:00:00', '00000000-0000-0001-0000-000000000100', 'run-1', 'scholarfeed', 'https://www.scholarfeed.org/author/1', 304, 'accepted', 1, 'sha1:AAAA', '1.warc.gz', 1, null, '00000000-0000-0001-0000-000000000000', 1, '2026-03-02 05:00:00', 'Author 1', 'CL', true, 2, 3, null, 10, null, null, 'b27d2712-de23-03ac-e76e-d74af26bede6'),
    ('scholarfeed:1', '2026-03-03 05:00:00', '00000000-0000-0001-0000-000000000200', 'run-2', 'scholarfeed', 'https://www.scholarfeed.org/author/1', 200, 'accepted', 2, 'sha1:AAAA', '2.warc.gz', 1, null, null, 2, '2026-03-06 05:00:00', 'Author 1', 'CL', true, 2, 4, null, 13, null, null, '9bdd9b5a-d0a6-5eee-cfea-187b1c6b8924'),
    ('scholarfeed:1', '2026-03-04 05:00:00', '00000000-0000-0001-0000-000000000300', 'run-3', 'scholarfeed', 'https://www.scholarfeed.org/author/1', 200, 'quarantined', 1, 'sha1:AAAA', '3.warc.gz', 1, null, null, null, null, null, null, null, null, null, null, null, null, null, null),
    ('scholarfeed:1', '2026-03-05 05:00:00', '00000000-0000-0001-0000-000000000400', 'run-4', 'scholarfeed', 'https://www.scholarfeed.org/author/1', 403, 'blocked', 1, null, '4.warc.gz', 1, null, null, null, null, null, null, null, null, null, null, null, null, null, null),
    ('scholarfeed:1', '2026-03-05 05:00:00', '00000000-0000-0001-0000-000000000401', 'run-4', 'scholarfeed', 'https://www.scholarfeed.org/author/1', 200, 'accepted', 1, 'sha1:AAAA', '4.warc.gz', 1, null, null, 1, '2026-03-07 05:00:00', 'Author 1', 'CL', true, 2, 4, null, null, null, null, '9bdd9b5a-d0a6-5eee-cfea-187b1c6b8924'),
    ('scholarfeed:1', '2026-03-06 05:00:00', '00000000-0000-0001-0000-000000000500', 'run-5', 'scholarfeed', 'https://www.scholarfeed.org/author/1', 200, 'accepted', 1, 'sha1:AAAA', '5.warc.gz', 1, null, null, 1, '2026-03-06 05:00:00', 'Author 1', 'CL', true, 1, 5, null, null, null, null, 'd668d32a-fc43-6efc-a979-c974353adc0e'),
    ('scholarfeed:2', '2026-03-01 05:00:00', '00000000-0000-0002-0000-000000000000', 'run-0', 'scholarfeed', 'https://www.scholarfeed.org/author/2', 200, 'accepted', 1, 'sha1:AAAA', '0.warc.gz', 2, null, null, 1, '2026-03-03 05:00:00', 'Author 2', 'CL', true, 1, 1, null, null, null, null, 'd424a4ce-8d62-838a-cd3c-dfaac3ae9145'),
    ('scholarfeed:2', '2026-03-02 05:00:00', '00000000-0000-0002-0000-000000000100', 'run-1', 'scholarfeed', 'https://www.scholarfeed.org/author/2', 200, 'accepted', 1, 'sha1:AAAA', '1.warc.gz', 2, null, null, 1, '2026-03-03 05:00:00', 'Author 2', 'CL', true, 1, 1, null, null, null, null, 'cba55423-ad6b-b9ab-3a07-622168172c37'),
    ('scholarfeed:2', '2026-03-03 05:00:00', '00000000-0000-0002-0000-000000000200', 'run-2', 'scholarfeed', 'https://www.scholarfeed.org/author/2', 200, 'accepted', 1, 'sha1:AAAA', '2.warc.gz', 2, null, null, 1, '2026-03-03 05:00:00', 'Author 2', 'CL', false, 0, null, null, null, 5, null, '7ebb3c7c-2a87-b1a2-f8a7-ed729ecb040d'),
    ('scholarfeed:3', '2026-03-01 05:00:00', '00000000-0000-0003-0000-000000000000', 'run-0', 'scholarfeed', 'https://www.scholarfeed.org/author/3', null, null, null, null, null, null, null, null, 1, '2026-03-03 05:00:00', 'Author 3', 'CL', true, 1, null, null, null, null, 9, '9a4a6212-ed75-1a6a-5fba-cd3a6b6afef7');

insert into etl.latest_page values
    ('scholarfeed:1', '00000000-0000-0001-0000-000000000500', 'https://www.scholarfeed.org/author/1', null, null, '00000000-0000-0001-0000-000000000500', 'https://www.scholarfeed.org/author/1', '2026-03-06 05:00:00', 'sha1:AAAA', '5.warc.gz', 1),
    ('scholarfeed:2', '00000000-0000-0002-0000-000000000200', 'https://www.scholarfeed.org/author/2', null, null, '00000000-0000-0002-0000-000000000200', 'https://www.scholarfeed.org/author/2', '2026-03-03 05:00:00', 'sha1:AAAA', '2.warc.gz', 2);

insert into etl.listed_paper values
    ('scholarfeed:1', 'title:20578a59aef7c62699acd40530c5d8b8', 5, '989026bc-3ae9-6cdf-f89d-bf1ffa3a0c21', '2026-03-03 05:00:00', null, 1),
    ('scholarfeed:2', 'arxiv:2201.00002', 2, '2fff2771-5e78-f762-4abf-e5e8701f42ae', '2026-03-02 05:00:00', '2026-03-02 05:00:00', 1),
    ('scholarfeed:3', 'title:c52378c13986a24cb6499604349cb02e', 3, '4e027b5b-487d-316c-903f-cdb35bb17e9b', '2026-03-01 05:00:00', null, 1);

insert into etl.paper_alias values
    ('scholarfeed:2', 'title:3899cbf2bbe606b305a65b559330d720', 'arxiv:2201.00002');

insert into etl.paper_text values
    (1, '1b77f62f-1744-3108-ff08-a5e15c905600', 'a13b5ece-ddaf-3cc6-f26e-e85202970aa8', 'On y', 'We study y.'),
    (2, '3338412c-bbab-b9c8-b918-d657d6e39811', '5115ca9e-2726-8680-58db-5696b9b7e6b0', 'Same', 'We study p.'),
    (3, '41fe49b9-d524-ca59-4e87-4edbeb9f7a39', '05d77c76-e38d-c5cb-f31f-ba1e2d667126', 'On x', 'We study x.'),
    (4, '4859e1e6-f358-9adf-9738-7bbbc13ae218', '214d11a1-ffa4-bf8d-a3c3-964d95c5a1f7', 'On lone', 'We study lone.'),
    (5, 'ff0e4843-f49f-fe1d-555e-8f42a0382939', '337ce23c-b1c1-d2a1-7855-33b127cb9ea0', 'On z', 'We study z.');

insert into etl.paper_version values
    (1, '2630f131-0496-c8c2-0e29-b723b5bf571f', null, null, null, false, null, ['A. One', 'B. Two'], false, 3),
    (2, '2fff2771-5e78-f762-4abf-e5e8701f42ae', null, null, null, false, null, ['A. One', 'B. Two'], false, 2),
    (3, '4e027b5b-487d-316c-903f-cdb35bb17e9b', null, null, null, false, null, ['A. One', 'B. Two'], false, 4),
    (4, '7ff9450d-c36f-33ed-03e4-031f440c1950', null, null, null, false, 'it''s Łódź; --', ['A. One', 'B. Two'], false, 3),
    (5, '989026bc-3ae9-6cdf-f89d-bf1ffa3a0c21', null, null, null, false, null, ['A. One', 'B. Two'], false, 5),
    (6, 'e6a48b3c-297d-d887-ad4f-5ee724fab755', 'AS', 'eess.AS', '2022-05-30', true, null, ['A. One', 'B. Two'], false, 1);

insert into etl.past_paper values
    ('scholarfeed:1', 'arxiv:2201.00001', 6, '2026-03-01 05:00:00', '2026-03-03 05:00:00', '2026-03-02 05:00:00'),
    ('scholarfeed:1', 'title:02f4d0c7631d7bf2c6cc239587e55b94', 1, '2026-03-01 05:00:00', '2026-03-06 05:00:00', '2026-03-05 05:00:00'),
    ('scholarfeed:2', 'title:3899cbf2bbe606b305a65b559330d720', 2, '2026-03-01 05:00:00', '2026-03-02 05:00:00', '2026-03-01 05:00:00');

insert into etl.quarantine values
    ('00000000-0000-0001-0000-000000000300', 'scholarfeed:1', '2026-03-04 05:00:00', 1, [{rule: 'out_of_range', severity: 'error', detail: 'h_index is -1'}]);

insert into etl.run values
    ('run-0', 'refresh', '2026-03-01 05:00:00', '2026-03-01 05:01:00', 'complete', 1, 1, 1, 0, 0),
    ('run-1', 'refresh', '2026-03-02 05:00:00', '2026-03-02 05:01:00', 'partial', 2, 1, 1, 0, 0);

insert into etl.superseded_observation values
    ('scholarfeed:1', '2026-03-03 05:00:00', '00000000-0000-0001-0000-000000000200', 'run-2', '2026-03-03 05:00:00', 1, 'scholarfeed', 'https://www.scholarfeed.org/author/1', 'Author 1', 'CL', true, 1, 4, null, 12, null, null, '690bf8ec-6c73-713a-d8d8-5e17d5214ab1');

insert into etl.watch values
    ('scholarfeed:1', 'scholarfeed', 'Ada', ['a', 'b']),
    ('scholarfeed:9', 'scholarfeed', null, []);
