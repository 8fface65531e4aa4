-- Row-level security: a transaction has the rows of its own tenant alone, even if a statement does not say which. Without a tenant it fails.
--
-- The owner of the tables is no exception, so that a server needs one role. Superusers are. A migration that changes rows takes them
-- out of it: `ALTER TABLE ... NO FORCE ROW LEVEL SECURITY`.

ALTER TABLE tenant ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY of_tenant ON tenant USING (id = (SELECT current_setting('ctm.tenant')::int));
ALTER TABLE invite ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY of_tenant ON invite USING (tenant = (SELECT current_setting('ctm.tenant')::int));
ALTER TABLE machine ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY of_tenant ON machine USING (tenant = (SELECT current_setting('ctm.tenant')::int));
ALTER TABLE conversation ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY of_tenant ON conversation USING (tenant = (SELECT current_setting('ctm.tenant')::int));
ALTER TABLE billing ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY of_tenant ON billing USING (tenant = (SELECT current_setting('ctm.tenant')::int));
ALTER TABLE response ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY of_tenant ON response USING (tenant = (SELECT current_setting('ctm.tenant')::int));
ALTER TABLE further_claim ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY of_tenant ON further_claim USING (tenant = (SELECT current_setting('ctm.tenant')::int));
ALTER TABLE usage_day ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY of_tenant ON usage_day USING (tenant = (SELECT current_setting('ctm.tenant')::int));
ALTER TABLE day_to_sum ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY of_tenant ON day_to_sum USING (tenant = (SELECT current_setting('ctm.tenant')::int));
