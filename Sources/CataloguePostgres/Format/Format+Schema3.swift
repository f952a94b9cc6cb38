extension Format {
    /// Publication, the scrub that engines share, and what was wrong before.
    static let schema3: [String] = publications + scrub + [uploadActivated]

    /// The last two pending uploads of a caller in a capsule may end at the same moment.
    private static let uploadActivated =
        """
        CREATE OR REPLACE FUNCTION upload_activated() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            number bigint;
        BEGIN
            IF TG_OP = 'INSERT' THEN
                INSERT INTO active AS present VALUES (new.capsule, new.caller, 1)
                    ON CONFLICT (capsule, caller) DO UPDATE SET n = present.n + 1;
                RETURN NULL;
            END IF;
            -- The row is locked before it is read: the number that a statement sees may be one that another session is changing.
            SELECT n INTO number FROM active WHERE capsule = old.capsule AND caller = old.caller FOR UPDATE;
            IF number = 1 THEN
                DELETE FROM active WHERE capsule = old.capsule AND caller = old.caller;
            ELSE
                UPDATE active SET n = n - 1 WHERE capsule = old.capsule AND caller = old.caller;
            END IF;
            RETURN NULL;
        END $$
        """
}
