extension Format {
    /// Prepared downloads, which every engine serves.
    static let schema2: [String] = [
        """
        CREATE TABLE downloads (
            seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            key bytea NOT NULL UNIQUE, -- the SHA-256 of the ticket
            principal text COLLATE "C" NOT NULL,
            blobs bytea NOT NULL, -- 16 bytes each, in order
            archive text COLLATE "C", -- null for a single blob as it is
            expires_at timestamptz NOT NULL
        )
        """
    ]
}
