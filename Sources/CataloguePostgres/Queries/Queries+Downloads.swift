import CatalogueRows
import SessionCore
import UploadCore

// Their lifetime is measured with the server's clock, which is one for all engines.
extension Queries {
    /// “dnld”: calls that prepare downloads wait for each other, since the limit is one for all principals.
    private static let downloadsLock: Int64 = 0x646E_6C64

    func createDownload(
        _ grant: DownloadGrant, key: Digest, lifetimeMilliseconds: Int64, callerMax: UInt64, totalMax: UInt64
    ) throws(UploadError) {
        try connection.send("SELECT pg_advisory_xact_lock($1)", Self.downloadsLock)
        let counts = try connection.first(
            """
            SELECT count(*), count(*) FILTER (WHERE principal = $1) FROM downloads WHERE expires_at > now()
            """, grant.principal
        ) { row throws(UploadError) in (all: try row.next(Int.self), own: try row.next(Int.self)) }
        guard let counts else { throw UploadError(.storeCorrupt(detail: "a count has no row")) }
        let yielding = max(0, counts.own + 1 - Int(clamping: callerMax))
        try Limits.require(UInt64(counts.all - yielding + 1), atMost: totalMax, .downloadTickets)
        try connection.send(
            """
            DELETE FROM downloads WHERE expires_at <= now() OR seq IN (
                SELECT seq FROM downloads WHERE principal = $1 AND expires_at > now() ORDER BY seq LIMIT $2
            )
            """, grant.principal, yielding)
        try connection.send(
            """
            INSERT INTO downloads (key, principal, blobs, archive, expires_at)
            VALUES ($1, $2, $3, $4, now() + $5 * interval '1 millisecond')
            """, key, grant.principal, grant.blobs.map(\.value).packed, grant.archive, lifetimeMilliseconds)
    }

    func download(_ key: Digest) throws(UploadError) -> DownloadGrant? {
        try connection.first(
            "SELECT principal, blobs, archive FROM downloads WHERE key = $1 AND expires_at > now()", key
        ) { row throws(UploadError) in
            let principal = try row.next(Principal.self)
            let blobs = try [SessionId](packed: try row.next([UInt8].self)).map { BlobId($0) }
            return DownloadGrant(blobs: blobs, archive: try row.next(), principal: principal)
        }
    }

    func endDownload(_ key: Digest) throws(UploadError) -> Bool {
        try connection.run("DELETE FROM downloads WHERE key = $1 AND expires_at > now()", key) > 0
    }
}
