-- What machines push to a hub on PostgreSQL.
--
-- `tenant` is first in every key: a transaction is of one tenant, so that tables can be distributed by it. No row references another
-- by a foreign key: all that a machine pushed has its number, and is deleted by it.

-- The identity of a hub.
CREATE TABLE tenant (
    id int PRIMARY KEY,
    uid text NOT NULL,    -- in hexadecimal digits
    key bytea NOT NULL,   -- signs receipts
    pepper bytea NOT NULL -- the secret that keys the hashes of all machines
);

-- Codes with which machines enrol.
CREATE TABLE invite (
    tenant int NOT NULL,
    code_hash bytea NOT NULL, -- SHA-256
    level text NOT NULL,      -- how much is to be disclosed
    ends_at_ms bigint NOT NULL,
    uses int NOT NULL,        -- that are left
    PRIMARY KEY (tenant, code_hash)
);

-- A machine that enrolled, and up to where its journal is stored. One that was removed keeps its row, so that a late push is refused.
-- The row is locked by whatever changes what the machine has: its pushes, and its removal.
CREATE TABLE machine (
    tenant int NOT NULL,
    id int NOT NULL,         -- in the order of first enrolments
    uid bytea NOT NULL,
    name text NOT NULL,
    level text NOT NULL,
    enrolled_at_ms bigint NOT NULL,
    token_hash bytea,        -- SHA-256; absent once it was revoked
    former_hash bytea,       -- of the token before the last rotation
    former_until_ms bigint,
    epoch bigint NOT NULL,
    journal bytea,           -- absent before the first push
    acked bigint NOT NULL,
    pushes bigint NOT NULL,  -- number of the newest receipt
    prior bigint NOT NULL,   -- number of the receipt that the last push had
    version bigint NOT NULL, -- rises when usage changes by this machine; never falls
    pushed_at_ms bigint,
    exported_at_ms bigint,
    skew_ms bigint,          -- by which its clock was behind at the last push
    agent text,              -- program and version of the last push
    removed boolean NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, uid)
) WITH (fillfactor = 50);

-- Names that claims of a machine refer to. The number of a name is the beginning of its digest: it is the same for all machines, and
-- needs no sequence and no look-up.
CREATE TABLE conversation (
    tenant int NOT NULL,
    machine int NOT NULL,
    id bigint NOT NULL,
    session_id bigint NOT NULL, -- number of `session`; 0 without one
    project_id bigint NOT NULL, -- number of `project`; 0 without one
    session text,               -- a hash of the session's id
    project text,
    version text,               -- of Claude Code
    sidechain boolean NOT NULL,
    PRIMARY KEY (tenant, machine, id)
);
CREATE TABLE billing (
    tenant int NOT NULL,
    machine int NOT NULL,
    id bigint NOT NULL,
    model text NOT NULL,
    speed text,
    service_tier text,
    inference_geo text,
    refusal text,
    PRIMARY KEY (tenant, machine, id)
);

-- A response as the claim that counts has it. Columns of eight bytes are first, so that nothing is padded.
CREATE TABLE response (
    at_ms bigint NOT NULL,
    rank bigint NOT NULL,
    revision bigint NOT NULL,
    conversation bigint NOT NULL,
    -- The first billed part.
    billing bigint NOT NULL,
    input bigint NOT NULL,
    output bigint NOT NULL,
    cache_read bigint NOT NULL,
    cache_write_5m bigint NOT NULL,
    cache_write_1h bigint NOT NULL,
    web_searches bigint NOT NULL,
    tenant int NOT NULL,
    machine int NOT NULL,
    contested boolean NOT NULL, -- other machines claim it as well
    key bytea NOT NULL,         -- a keyed hash of the response's key
    further bigint[],           -- the other billed parts, each as the seven columns of the first one
    PRIMARY KEY (tenant, key)
);
CREATE INDEX response_of_machine ON response (tenant, machine, at_ms);

-- The claims that do not count, so that the outcome depends on no order, and a machine can be removed as if it had never been there.
-- They are changed only by a transaction that has locked the row of `response`.
CREATE TABLE further_claim (
    at_ms bigint NOT NULL,
    rank bigint NOT NULL,
    revision bigint NOT NULL,
    conversation bigint NOT NULL,
    billing bigint NOT NULL,
    input bigint NOT NULL,
    output bigint NOT NULL,
    cache_read bigint NOT NULL,
    cache_write_5m bigint NOT NULL,
    cache_write_1h bigint NOT NULL,
    web_searches bigint NOT NULL,
    tenant int NOT NULL,
    machine int NOT NULL,
    contested boolean NOT NULL,
    key bytea NOT NULL,
    further bigint[],
    PRIMARY KEY (tenant, key, machine)
);
CREATE INDEX further_claim_of_machine ON further_claim (tenant, machine);

-- Sums of what counts of a machine on a UTC day. Derived: computed anew by each push that changes the day.
CREATE TABLE usage_day (
    tenant int NOT NULL,
    machine int NOT NULL,
    day bigint NOT NULL,
    form text NOT NULL, -- of the sums
    usage bytea NOT NULL,
    PRIMARY KEY (tenant, machine, day)
) WITH (fillfactor = 80);
CREATE INDEX usage_day_by_day ON usage_day (tenant, day);

-- Days of a machine whose sums another machine has changed.
CREATE TABLE day_to_sum (
    tenant int NOT NULL,
    machine int NOT NULL,
    day bigint NOT NULL,
    PRIMARY KEY (tenant, machine, day)
);
