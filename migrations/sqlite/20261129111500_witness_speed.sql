-- The speed of a response without a final copy: its transcripts have none, and telemetry reports it.

-- The terms of the transcripts alone, where telemetry adds a speed to them. NULL where it adds none.
ALTER TABLE event ADD COLUMN logged_billing_id INTEGER REFERENCES billing (id) DEFERRABLE INITIALLY DEFERRED;
