import CatalogueRows
import DeliberateFaults
import SessionCore
import UploadCore

// The view `usage` has one row for each principal that owns capsules or has pending uploads: the sums of its shards, which
// triggers keep (see `Format.usageTriggers` and `Format.usageShards`). Verbs that enforce a limit lock the principals before
// they read.
extension Queries {
    private static let usageColumns =
        "stored_bytes, reserved_bytes, capsules, members, pending_uploads, pending_bytes"

    func usage(of principal: Principal) throws(UploadError) -> Usage {
        try connection.first(
            "SELECT \(Self.usageColumns) FROM usage WHERE principal = $1", principal
        ) { row throws(UploadError) in try Usage(&row) } ?? Usage()
    }

    func usages(after principal: Principal?, limit: Int) throws(UploadError) -> [PrincipalUsage] {
        try connection.all(
            """
            SELECT principal, \(Self.usageColumns) FROM usage \(principal == nil ? "" : "WHERE principal > $1")
            ORDER BY principal LIMIT $2
            """, principal, max(0, limit)
        ) { row throws(UploadError) in PrincipalUsage(principal: try row.next(), usage: try Usage(&row)) }
    }

    func totalUsage() throws(UploadError) -> Usage {
        // Each sum is below 2^62, but all together may be larger than an integer.
        let columns = Self.usageColumns.split(separator: ", ").map {
            "least(coalesce(sum(\($0)), 0), 9e18)::bigint"
        }
        return try connection.first(
            "SELECT \(columns.joined(separator: ", ")) FROM usage"
        ) { row throws(UploadError) in try Usage(&row) } ?? Usage()
    }
}

// MARK: - Limits

extension Queries {
    /// Requires room for bytes that an owner is about to store. Without bytes nothing is read.
    func requireRoom(
        for bytes: UInt64, of owner: Principal, caller: Principal?, _ quotas: Quotas
    ) throws(UploadError) {
        guard bytes > 0 else { return }
        let used = try usage(of: owner).quotaBytes
        try quotas.requireRoom(for: bytes, beside: used, of: owner, caller: caller)
    }

    /// Requires that an upload may begin.
    func requireRoom(for draft: UploadDraft, in capsule: Capsule) throws(UploadError) {
        let record = draft.record
        let caller = record.meta.caller
        let bytes = record.parts.isEmpty ? record.session.spec.expectedBytes : 0
        if draft.isPending {
            let usage = try usage(of: caller)
            try draft.allowance.requirePendingUpload(beside: usage)
            try draft.allowance.requirePendingBytes(bytes ?? 1, beside: usage)
        }
        // An upload of unknown length has to have room for its first byte.
        try requireRoom(for: bytes ?? 1, of: capsule.owner, caller: caller, draft.allowance.quotas)
    }

    /// Requires that an upload of unknown length may grow.
    ///
    /// - Parameter bytes: What it counts with after the change.
    func requireRoom(
        for upload: UploadHead, toCount bytes: UInt64, _ allowance: Allowance
    ) throws(UploadError) {
        guard upload.length == nil, !upload.isConcatenation else { return }
        let current = try connection.first(
            "SELECT caller, appended + unsized_bytes FROM uploads WHERE seq = $1", upload.seq
        ) { row throws(UploadError) in (caller: try row.next(Principal.self), bytes: try row.next(UInt64.self)) }
        guard let current, bytes > current.bytes else { return }
        let more = DeliberateFault.countBytesTwice.isOn ? bytes : bytes - current.bytes
        try allowance.requirePendingBytes(more, beside: usage(of: current.caller))
        try requireRoom(
            for: more, of: requireCapsule(upload.capsule).owner, caller: current.caller, allowance.quotas)
    }
}

extension Usage {
    fileprivate init(_ row: inout Row) throws(UploadError) {
        self.init(
            storedBytes: try row.next(), reservedBytes: try row.next(), capsules: try row.next(),
            members: try row.next(), pendingUploads: try row.next(), pendingBytes: try row.next())
    }
}

// MARK: - Problems

extension Queries {
    /// The durable chunks of the pending uploads of unknown length in a range of their numbers, compared with what is counted of them.
    func unsizedProblems(after position: Int64, through end: Int64) throws(UploadError) -> [String] {
        let uploads = try connection.all(
            """
            SELECT seq, encode(id, 'hex'), coalesce(chunk_size, 0), unsized_bytes FROM uploads
            WHERE seq > $1 AND seq <= $2 AND state = 0 AND length IS NULL
            """, position, end
        ) { row throws(UploadError) in
            (
                seq: try row.next(Int64.self), id: try row.next(String.self), chunkSize: try row.next(UInt64.self),
                counted: try row.next(UInt64.self)
            )
        }
        var problems: [String] = []
        for upload in uploads {
            let pages = try connection.all(
                "SELECT bits FROM ledger WHERE upload = $1", upload.seq
            ) { row throws(UploadError) in try row.next([UInt8].self) }
            let chunks = UInt64(pages.reduce(0) { $0 + $1.setBitCount })
            guard chunks &* upload.chunkSize != upload.counted else { continue }
            problems.append("the durable bytes of an upload of unknown length are counted wrongly (\(upload.id))")
        }
        return problems
    }
}
