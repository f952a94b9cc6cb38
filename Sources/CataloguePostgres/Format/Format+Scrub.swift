extension Format {
    /// The scrub that the engines make together.
    static let scrub: [String] = [
        // One row, once a scrub was begun.
        """
        CREATE TABLE scrub (
            one boolean PRIMARY KEY DEFAULT true CHECK (one),
            is_under_way boolean NOT NULL DEFAULT false,
            began_at timestamptz, -- the one under way, or the last one
            claimed_through bigint NOT NULL DEFAULT 0, -- uploads up to this seq are verified, or in a stretch
            bound bigint NOT NULL DEFAULT 0, -- the last seq that it covers
            findings bigint NOT NULL DEFAULT 0,
            paced_until timestamptz NOT NULL DEFAULT now() -- when what was read complies with the rate
        )
        """,
        // What engines are verifying.
        """
        CREATE TABLE scrub_stretches (
            holder bytea PRIMARY KEY, -- the engine
            first bigint NOT NULL, -- the seq of the first upload that is not verified yet
            last bigint NOT NULL,
            expires_at timestamptz NOT NULL
        )
        """,
    ]
}
