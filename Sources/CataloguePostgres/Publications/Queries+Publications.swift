import SessionCore
import UploadCore

// A row of `publications` exists exactly as long as its upload is committed: the trigger `upload_published` deletes it with the
// state, in every engine. So an attempt that finds its row has its upload; otherwise the object's name is in `unpublished`.
extension Queries {
    func isPublishing() throws(UploadError) -> Bool { try connection.exists("SELECT 1 FROM publishing") }

    /// From now on every commit adds a publication; earlier ones are found by `addEarlierPublications`.
    func beginPublishing() throws(UploadError) {
        try connection.send("SELECT set_config('lock_timeout', '200', true)")
        // Waits for the commits that have not seen the row, and holds up others until they see it.
        try connection.send("LOCK TABLE publishing IN ACCESS EXCLUSIVE MODE")
        try connection.send(
            """
            INSERT INTO publishing (earlier_through) SELECT coalesce(max(seq), 0) FROM uploads ON CONFLICT DO NOTHING
            """)
    }

    /// Whether uploads that were begun before the setting are still to be examined.
    func hasEarlierUploads() throws(UploadError) -> Bool {
        try connection.exists("SELECT 1 FROM publishing WHERE examined_through < earlier_through")
    }

    /// Adds the publications of blobs among the next `limit` uploads that were begun before the setting.
    ///
    /// - Returns: Whether there may be others.
    func addEarlierPublications(limit: Int) throws(UploadError) -> Bool {
        // Of several engines one examines, and the others go on with what it has found.
        let range = try connection.first(
            """
            SELECT examined_through, earlier_through FROM publishing
            WHERE examined_through < earlier_through FOR UPDATE SKIP LOCKED
            """
        ) { row throws(UploadError) in (from: try row.next(Int64.self), through: try row.next(Int64.self)) }
        guard let range else { return false }
        let end = try connection.first(
            "SELECT seq FROM uploads WHERE seq > $1 AND seq <= $2 ORDER BY seq OFFSET $3 LIMIT 1", range.from,
            range.through, max(0, limit - 1)
        ) { row throws(UploadError) in try row.next(Int64.self) }
        // Locked, so that none of them ends before it has its row, which its end has to find.
        try connection.send(
            """
            WITH earlier AS (
                SELECT seq FROM uploads WHERE seq > $1 AND seq <= $2 AND state = 1 AND NOT is_partial
                ORDER BY seq FOR SHARE
            )
            INSERT INTO publications (upload) SELECT seq FROM earlier ON CONFLICT DO NOTHING
            """, range.from, end ?? range.through)
        try connection.send("UPDATE publishing SET examined_through = $1", end ?? range.through)
        return true
    }

    /// Takes the publication that has been due for longest and that no other attempt has, or whose attempt has not been renewed
    /// for `derivationLifetime`.
    ///
    /// - Parameter name: Names the object of one that has no name yet.
    func startPublication(
        attempt: SessionId, name: (PublicationSubject) -> String
    ) throws(UploadError) -> Publication? {
        let found = try connection.first(
            """
            SELECT publications.upload, id, capsule, uploads.name, publications.name, multipart, attempts
            FROM publications JOIN uploads ON seq = publications.upload
            WHERE publications.state = 0 AND due_at <= now()
                AND (held_since IS NULL OR held_since <= now() - $1 * interval '1 millisecond')
            ORDER BY due_at, publications.upload LIMIT 1 FOR UPDATE OF publications SKIP LOCKED
            """, rules.derivationLifetime
        ) { row throws(UploadError) in
            (
                seq: try row.next(Int64.self),
                subject: PublicationSubject(
                    upload: try row.next(), capsule: try row.next(), fileName: try row.next()),
                name: try row.next(String?.self), multipart: try row.next(String?.self),
                attempts: try row.next(Int.self)
            )
        }
        guard let found else { return nil }
        let publication = Publication(
            upload: found.subject.upload, name: found.name ?? name(found.subject), attempt: attempt,
            attempts: found.attempts + 1, multipart: found.multipart)
        try connection.send(
            """
            UPDATE publications SET attempt = $2, held_since = now(), attempts = $3, name = $4 WHERE upload = $1
            """, found.seq, attempt, publication.attempts, publication.name)
        return publication
    }

    /// Renews an attempt, and records its multipart upload.
    ///
    /// - Returns: False if another attempt has claimed it, or the upload has ended.
    func renewPublication(_ publication: Publication, multipart: String?) throws(UploadError) -> Bool {
        try connection.run(
            "UPDATE publications SET held_since = now(), multipart = $2 WHERE attempt = $3 AND \(Self.isOfUpload)",
            publication.upload, multipart, publication.attempt) > 0
    }

    func recordedMultiparts(among ids: [String]) throws(UploadError) -> [String] {
        try connection.all(
            "SELECT multipart FROM publications WHERE state = 0 AND multipart = ANY($1)", ColumnArray(ids)
        ) { row throws(UploadError) in try row.next() }
    }

    /// The object is there, whole and verified.
    ///
    /// - Returns: As `renewPublication`.
    func finishPublication(_ publication: Publication) throws(UploadError) -> Bool {
        try connection.run(
            """
            UPDATE publications SET state = 1, attempt = NULL, held_since = NULL, multipart = NULL, reason = NULL
            WHERE attempt = $2 AND \(Self.isOfUpload)
            """, publication.upload, publication.attempt) > 0
    }

    /// Ends an attempt without an object.
    ///
    /// - Parameters:
    ///   - delay: Until the next one, in milliseconds; nil if the failure is final.
    ///   - isCounted: False for an attempt that was stopped.
    func postponePublication(
        _ publication: Publication, delay: Int64?, reason: String?, isCounted: Bool
    ) throws(UploadError) {
        try connection.send(
            """
            UPDATE publications SET state = CASE WHEN $3::bigint IS NULL THEN 2 ELSE 0 END,
                due_at = now() + coalesce($3, 0) * interval '1 millisecond', reason = $4,
                attempts = greatest(0, attempts - $5), attempt = NULL, held_since = NULL
            WHERE attempt = $2 AND \(Self.isOfUpload)
            """, publication.upload, publication.attempt, delay, reason, isCounted ? 0 : 1)
    }

    /// Has a finished publication done once more, under its name.
    func repeatPublication(of upload: SessionId) throws(UploadError) -> Bool {
        try connection.run(
            """
            UPDATE publications SET state = 0, attempts = 0, due_at = now(), reason = NULL
            WHERE state > 0 AND \(Self.isOfUpload)
            """, upload) > 0
    }

    func publishedName(of upload: SessionId) throws(UploadError) -> String? {
        try connection.first(
            "SELECT name FROM publications WHERE state = 1 AND \(Self.isOfUpload)", upload
        ) { row throws(UploadError) in try row.next() }
    }

    /// In the order of the ids.
    func finishedPublications(after upload: SessionId?, limit: Int) throws(UploadError) -> [FinishedPublication] {
        try connection.all(
            """
            SELECT id, publications.name, CASE publications.state WHEN 2 THEN coalesce(reason, '') END
            FROM uploads JOIN publications ON publications.upload = seq
            WHERE id > $1 AND publications.state > 0 ORDER BY id LIMIT $2
            """, upload?.bytes ?? [], max(0, limit)
        ) { row throws(UploadError) in
            FinishedPublication(upload: try row.next(), name: try row.next(), failure: try row.next())
        }
    }

    private static let isOfUpload = "upload = (SELECT seq FROM uploads WHERE id = $1)"
}

// MARK: - Objects of ended uploads

extension Queries {
    func unpublished(limit: Int) throws(UploadError) -> [UnpublishedObject] {
        try connection.all(
            "SELECT name, multipart FROM unpublished WHERE due_at <= now() ORDER BY due_at, name LIMIT $1",
            max(0, limit)
        ) { row throws(UploadError) in UnpublishedObject(name: try row.next(), multipart: try row.next()) }
    }

    /// As `forgetGarbage`: an object that was removed is due again after each of `removalDelays`, then forgotten.
    func forgetUnpublished(_ name: String) throws(UploadError) {
        try connection.send(
            """
            WITH gone AS (
                DELETE FROM unpublished WHERE name = $1 AND due_at <= now() AND removals >= cardinality($2)
            )
            UPDATE unpublished SET removals = removals + 1,
                due_at = now() + ($2)[removals + 1] * interval '1 millisecond'
            WHERE name = $1 AND due_at <= now() AND removals < cardinality($2)
            """, name, ColumnArray(rules.removalDelays))
    }

    func postponeUnpublished(_ name: String, milliseconds: Int64) throws(UploadError) {
        try connection.send(
            "UPDATE unpublished SET due_at = now() + $2 * interval '1 millisecond' WHERE name = $1 AND due_at <= now()",
            name, milliseconds)
    }
}
