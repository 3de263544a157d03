CREATE INDEX account_csm_person ON account (csm_person, id);
