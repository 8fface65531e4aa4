-- Whether an attempt that a model refused before any output is billed is a matter of the prices, by the
-- category of the refusal. So it is among the terms, and the attempt is stored like others.

CREATE TABLE billing_with_refusal (
    id INTEGER PRIMARY KEY,
    model TEXT NOT NULL,
    speed TEXT NOT NULL,
    service_tier TEXT NOT NULL,
    inference_geo TEXT NOT NULL,
    refusal TEXT NOT NULL, -- empty: none
    UNIQUE (model, speed, service_tier, inference_geo, refusal)
) STRICT;
INSERT INTO billing_with_refusal SELECT id, model, speed, service_tier, inference_geo, '' FROM billing;
DROP TABLE billing;
ALTER TABLE billing_with_refusal RENAME TO billing;

-- Responses with such an attempt, by the first part.
CREATE TABLE refused (
    event_id INTEGER PRIMARY KEY REFERENCES event (id) DEFERRABLE INITIALLY DEFERRED,
    request INTEGER NOT NULL -- the hash of the request's id
) STRICT;

-- The categories of refusals that other lines than the response's name. Apart from the responses, because
-- such a line may be read before. The request is the hash of its id.
CREATE TABLE refusal (
    request INTEGER PRIMARY KEY,
    category TEXT NOT NULL
) STRICT;

-- What lines say of refusals is read once: no file is the one that it was.
UPDATE source_file SET device = -1, inode = -1;
