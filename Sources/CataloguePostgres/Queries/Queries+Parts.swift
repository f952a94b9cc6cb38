import CatalogueRows
import SessionCore
import UploadCore

/// Concatenations. Each has one row in `concatenations`, with counts of its parts that triggers maintain, and one row a
/// part in `parts`, by which a part finds its concatenations. Both exist until the concatenation's bytes are freed.
extension Queries {
    func insertParts(_ ids: [SessionId], _ sources: [Int64], of whole: Int64) throws(UploadError) {
        try connection.send(
            """
            INSERT INTO parts (whole, position, source)
                SELECT $1, position - 1, source FROM unnest($2::bigint[]) WITH ORDINALITY AS list (source, position)
            """, whole, ColumnArray(sources))
        try connection.send(Self.insertConcatenation, whole, ids.packed)
    }

    func partIds(of whole: Int64) throws(UploadError) -> [SessionId] {
        let packed = try connection.first(
            "SELECT part_ids FROM concatenations WHERE whole = $1", whole
        ) { row throws(UploadError) in try row.next([UInt8].self) }
        return try [SessionId](packed: packed ?? [])
    }

    func partsStatus(of id: SessionId) throws(UploadError) -> PartsStatus {
        let upload = try requireHead(id)
        guard upload.isConcatenation else { return PartsStatus(pending: 0, length: 0) }
        let status = try connection.first(
            """
            SELECT pending_parts, lost_parts, CASE unsized_parts WHEN 0 THEN parts_length END FROM concatenations
            WHERE whole = $1
            """, upload.seq
        ) { row throws(UploadError) in
            (pending: try row.next(UInt64.self), lost: try row.next(Int64.self), length: try row.next(UInt64?.self))
        }
        guard let status, status.lost == 0 else { throw UploadError(.notFound(.upload)) }
        return PartsStatus(pending: status.pending, length: status.length)
    }

    func extentsOfParts(_ id: SessionId) throws(UploadError) -> [[Extent]?] {
        let upload = try requireHead(id)
        var result: [[Extent]?] = []
        let parts = try parts(of: upload.seq)
        let packed = try packedExtents(ofParts: upload.seq)
        for part in parts {
            // A part that ended after its commit keeps its bytes for its concatenations.
            guard part.digest != nil || part.status.isPending else { throw UploadError(.notFound(.upload)) }
            result.append(part.digest == nil ? nil : try extents(of: part, packed))
        }
        return result
    }

    /// The extents of an upload that was committed; none for an empty one.
    ///
    /// - Parameter known: The packed extents of concatenations that were read before.
    func extents(of upload: UploadHead, _ known: [Int64: [UInt8]] = [:]) throws(UploadError) -> [Extent] {
        if upload.isConcatenation {
            if let packed = known[upload.seq] { return try [Extent](packed: packed) }
            return try [Extent](packed: packedExtents(of: upload))
        }
        guard let length = upload.length, let digest = upload.digest else {
            throw UploadError(.storeCorrupt(detail: "upload \(upload.id.text) is referenced and was never committed"))
        }
        guard length > 0 else { return [] }
        return [
            Extent(
                source: upload.id, storage: upload.storage, key: upload.key, length: length, digest: digest.digest)
        ]
    }

    /// The packed extents of those parts of a concatenation that are concatenations themselves.
    private func packedExtents(ofParts whole: Int64) throws(UploadError) -> [Int64: [UInt8]] {
        let found = try connection.all(
            """
            SELECT whole, extents FROM concatenations
            WHERE extents IS NOT NULL AND whole IN (SELECT source FROM parts WHERE parts.whole = $1)
            """, whole
        ) { row throws(UploadError) in (part: try row.next(Int64.self), extents: try row.next([UInt8].self)) }
        return Dictionary(found.map { ($0.part, $0.extents) }) { first, _ in first }
    }

    /// Keeps the parts of a concatenation as they are, until the end of the transaction.
    func lockParts(of whole: Int64) throws(UploadError) {
        try connection.send(
            """
            SELECT 1 FROM uploads WHERE seq IN (SELECT source FROM parts WHERE parts.whole = $1)
            ORDER BY seq FOR SHARE
            """, whole)
    }

    func packedExtents(of concatenation: UploadHead) throws(UploadError) -> [UInt8] {
        let packed = try connection.first(
            "SELECT extents FROM concatenations WHERE whole = $1", concatenation.seq
        ) { row throws(UploadError) in try row.next([UInt8]?.self) }
        guard case .some(.some(let packed)) = packed else {
            throw UploadError(.storeCorrupt(detail: "concatenation \(concatenation.id.text) has no extents"))
        }
        return packed
    }

    /// The extents of a concatenation that is about to be committed, and their total length.
    ///
    /// - Throws: `incomplete` unless all parts were committed.
    func committableExtents(of whole: Int64) throws(UploadError) -> (extents: [Extent], length: UInt64) {
        var extents: [Extent] = []
        var total: UInt64 = 0
        let packed = try packedExtents(ofParts: whole)
        for part in try parts(of: whole) {
            guard part.digest != nil, let length = part.length else {
                throw UploadError(.incomplete(missing: [], bytes: nil))
            }
            let (sum, overflow) = total.addingReportingOverflow(length)
            guard !overflow else { throw UploadError(.sizeMismatch(expected: .max, actual: length)) }
            total = sum
            extents += try self.extents(of: part, packed)
        }
        return (extents, total)
    }

    func writeExtents(_ extents: [Extent], of whole: Int64) throws(UploadError) {
        try connection.send("UPDATE concatenations SET extents = $2 WHERE whole = $1", whole, extents.packed)
    }

    /// The parts of a concatenation in their order.
    private func parts(of whole: Int64) throws(UploadError) -> [UploadHead] {
        try connection.all(
            """
            SELECT \(UploadHead.columns) FROM parts JOIN uploads ON seq = source
            WHERE whole = $1 ORDER BY position
            """, whole
        ) { row throws(UploadError) in try UploadHead(&row) }
    }

    // MARK: Limits

    /// Requires that a new concatenation has not too many parts, none of them too often, and not too many bytes. Parts of
    /// its parts count, and lengths that are known.
    ///
    /// - Parameters:
    ///   - sources: The parts in order.
    ///   - heads: Each of them once.
    func requireModestParts(
        _ sources: [Int64], _ heads: [Int64: UploadHead], _ allowance: Allowance
    ) throws(UploadError) {
        var length: UInt64 = 0
        var open: [(part: UploadHead, times: UInt64)] = []
        for (seq, times) in sources.counts {
            guard let part = heads[seq] else { continue }
            open.append((part, times))
            length = length.clampedSum(try self.length(of: part).clampedProduct(times))
        }
        try Limits.require(length, atMost: allowance.concatenationBytesMax, .uploadBytes)
        var tally = PartsTally(allowance)
        while let (part, times) = open.popLast() {
            if part.isConcatenation, part.isCommitted {
                for (id, inner) in try extents(of: part).map(\.source).counts {
                    try tally.add(id, times: times.clampedProduct(inner))
                }
            } else if part.isConcatenation {
                for (seq, inner) in try self.sources(of: part.seq).counts {
                    if let head = try head(seq) { open.append((head, times.clampedProduct(inner))) }
                }
            } else {
                try tally.add(part.id, times: times)
            }
        }
    }

    /// The bytes of a part, as far as they are known.
    private func length(of part: UploadHead) throws(UploadError) -> UInt64 {
        guard part.isConcatenation, part.length == nil else { return part.length ?? 0 }
        return try connection.first(
            "SELECT parts_length FROM concatenations WHERE whole = $1", part.seq
        ) { row throws(UploadError) in try row.next(UInt64.self) } ?? 0
    }

    private func sources(of whole: Int64) throws(UploadError) -> [Int64] {
        try connection.all(
            "SELECT source FROM parts WHERE whole = $1 ORDER BY position", whole
        ) { row throws(UploadError) in try row.next() }
    }

    private func head(_ seq: Int64) throws(UploadError) -> UploadHead? {
        try connection.first(
            "SELECT \(UploadHead.columns) FROM uploads WHERE seq = $1", seq
        ) { row throws(UploadError) in try UploadHead(&row) }
    }

    // MARK: The digest of all bytes

    func wholeDigest(of id: SessionId) throws(UploadError) -> Digest? {
        let found = try connection.first(
            "SELECT whole_digest FROM concatenations WHERE whole = (SELECT seq FROM uploads WHERE id = $1)", id
        ) { row throws(UploadError) in try row.next(Digest?.self) }
        return found ?? nil
    }

    func keepWholeDigest(_ digest: Digest, of id: SessionId) throws(UploadError) {
        try connection.send(
            "UPDATE concatenations SET whole_digest = $2 WHERE whole = (SELECT seq FROM uploads WHERE id = $1)", id,
            digest)
    }

    // MARK: Concatenations of a part

    func pendingConcatenations(of part: SessionId) throws(UploadError) -> [SessionId] {
        try connection.all(
            """
            SELECT DISTINCT concatenation.id FROM uploads AS part
            JOIN parts ON source = part.seq JOIN uploads AS concatenation ON concatenation.seq = whole
            WHERE part.id = $1 AND concatenation.state = 0 ORDER BY concatenation.id
            """, part
        ) { row throws(UploadError) in try row.next() }
    }

    func isCountedOnByPending(_ seq: Int64) throws(UploadError) -> Bool {
        try connection.exists(
            "SELECT 1 FROM parts JOIN uploads ON seq = whole WHERE source = $1 AND state = 0", seq)
    }
}

// MARK: - The row

extension Queries {
    /// Records a concatenation, with counts of its recorded parts. Lengths count with at most 2^49 bytes each, so that
    /// no sum leaves the range of an integer.
    private static let insertConcatenation = """
        INSERT INTO concatenations (whole, part_ids, pending_parts, lost_parts, unsized_parts, parts_length)
        SELECT $1, $2, count(*) FILTER (WHERE state = 0), count(*) FILTER (WHERE state > 1 AND digest IS NULL),
            count(*) - count(length),
            coalesce(sum(least(length, 562949953421312)) FILTER (WHERE length IS NOT NULL), 0)::bigint
        FROM parts JOIN uploads ON seq = source WHERE parts.whole = $1
        """
}
