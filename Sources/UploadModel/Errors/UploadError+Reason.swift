package import SessionCore

extension UploadError {
    /// A code with its values. Callers outside of the package match on the code.
    package enum Reason: Hashable, Sendable {
        case invalidArgument(String, String)
        case notFound(Subject)
        case forbidden(needs: Role)
        /// `Limits.deduplication` is false.
        case copiesNotPermitted
        case gone(SessionStatus)
        case committed
        case incomplete(missing: [ClosedRange<UInt64>], bytes: UInt64?)
        case chunkConflict(index: UInt64)
        case idempotencyConflict
        case alreadyExists
        case inUse(by: Reference)
        case offsetMismatch(expected: UInt64, actual: UInt64)
        case superseded
        case limitExceeded(Limits.Name, maximum: UInt64, actual: UInt64)
        case linkExpired
        case typeNotAccepted(accepted: String)
        /// Nil for callers that do not own the capsule.
        case quotaExceeded(QuotaFigures?)
        case checksumMismatch(expected: String, actual: String)
        case sizeMismatch(expected: UInt64, actual: UInt64)
        case storeFull
        /// Refused to keep space free. `detail`, here and below, is for the log only.
        case spaceLow(detail: String)
        case storeCorrupt(detail: String)
        case storeLocked
        case unsupportedFormat(found: Int, supported: Int)
        case unavailable(detail: String)
        /// The task of the call was cancelled: its client has left, or the process ends.
        case cancelled
    }

    /// The referrer that prevents a deletion.
    package enum Reference: Hashable, Sendable {
        case memory, pendingConcatenation
    }

    /// The kind of the missing object.
    package enum Subject: String, Hashable, Sendable {
        case upload, blob, capsule, memory, asset, member, link, download
    }
}

extension UploadError.Reason {
    var code: UploadError.Code {
        switch self {
        case .invalidArgument: .invalidArgument
        case .notFound: .notFound
        case .forbidden, .copiesNotPermitted: .forbidden
        case .gone: .gone
        case .committed: .committed
        case .incomplete: .incomplete
        case .chunkConflict: .chunkConflict
        case .idempotencyConflict: .idempotencyConflict
        case .alreadyExists: .alreadyExists
        case .inUse: .inUse
        case .offsetMismatch: .offsetMismatch
        case .superseded: .superseded
        case .limitExceeded(let name, _, _): name.boundsConcurrency ? .tooMany : .tooLarge
        case .linkExpired: .linkExpired
        case .typeNotAccepted: .typeNotAccepted
        case .quotaExceeded: .quotaExceeded
        case .checksumMismatch: .checksumMismatch
        case .sizeMismatch: .sizeMismatch
        case .storeFull, .spaceLow: .storeFull
        case .storeCorrupt: .storeCorrupt
        case .storeLocked: .storeLocked
        case .unsupportedFormat: .unsupportedFormat
        case .unavailable, .cancelled: .unavailable
        }
    }

    var message: String {
        switch self {
        case .invalidArgument(let name, let problem): "“\(name)” \(problem)."
        case .notFound(let subject): "There is no such \(subject.rawValue)."
        case .forbidden(let needs): "This needs the role \(needs.name) in the capsule."
        case .copiesNotPermitted: "Deduplication is off on this server."
        case .gone(.expired): "The upload expired: nobody used it for its time to live."
        case .gone(.aborted): "The upload was aborted."
        case .gone: "It was deleted."
        case .committed: "The upload is committed already."
        case .incomplete(_, let bytes?): "\(bytes) bytes are missing."
        case .incomplete: "Pieces are missing."
        case .chunkConflict(let index): "Chunk \(index) is stored already, with other bytes."
        case .idempotencyConflict: "This idempotency key was used for another request."
        case .alreadyExists: "The id is taken."
        case .inUse(by: .memory): "A memory uses this blob."
        case .inUse(by: .pendingConcatenation): "A concatenation that is not finished yet uses this part."
        case .offsetMismatch(let expected, let actual): "The upload is at offset \(expected), not \(actual)."
        case .superseded: "Another request took over this upload."
        case .limitExceeded(let name, let maximum, let actual):
            "\(name.rawValue) is at most \(maximum); this would be \(actual)."
        case .linkExpired: "The link has expired: no upload begins through it."
        case .typeNotAccepted(let accepted): "Only these types are accepted: \(accepted)."
        case .quotaExceeded(let figures?):
            "The storage quota is \(figures.quota) bytes; \(figures.used) are used, and this needs \(figures.requested) more."
        case .quotaExceeded: "The storage quota of the capsule's owner is used up."
        case .checksumMismatch(let expected, let actual): "The digest is \(actual), not \(expected)."
        case .sizeMismatch(let expected, let actual): "\(expected) bytes are expected, not \(actual)."
        case .storeFull, .spaceLow: "The store has no room left."
        case .storeCorrupt: "The store is damaged at this place."
        case .storeLocked: "The store is in use by another process."
        case .unsupportedFormat(let found, let supported):
            "The store has format \(found); this release reads formats up to \(supported)."
        case .unavailable: "The store could not do this just now."
        case .cancelled: "The request was cancelled."
        }
    }

    /// Advice for the caller: that of the code, or a more specific one.
    var advice: String {
        switch self {
        case .inUse(by: .pendingConcatenation): "Finish or abort the concatenation first."
        case .limitExceeded(.linkFiles, _, _), .limitExceeded(.linkUses, _, _), .limitExceeded(.linkBytes, _, _):
            "Ask for another link."
        case .copiesNotPermitted: "Send the bytes."
        case .quotaExceeded(nil): "Ask the capsule's owner to delete something."
        default: code.advice
        }
    }

    var fields: [UploadError.Field] {
        func number(_ name: String, _ value: UInt64) -> UploadError.Field { .init(name: name, value: .number(value)) }
        func text(_ name: String, _ value: String) -> UploadError.Field { .init(name: name, value: .text(value)) }
        switch self {
        case .invalidArgument(let name, _): return [text("argument", name)]
        case .incomplete(let missing, let bytes):
            return [.init(name: "missing", value: .ranges(missing))]
                + (bytes.map { [number("missing_bytes", $0)] } ?? [])
        case .chunkConflict(let index): return [number("index", index)]
        case .offsetMismatch(let expected, let actual): return [number("offset", expected), number("given", actual)]
        case .limitExceeded(let name, let maximum, let actual):
            return [text("limit", name.rawValue), number("maximum", maximum), number("actual", actual)]
        case .quotaExceeded(let figures?):
            return [
                number("quota", figures.quota), number("used", figures.used), number("requested", figures.requested),
            ]
        case .checksumMismatch(let expected, let actual): return [text("expected", expected), text("actual", actual)]
        case .sizeMismatch(let expected, let actual): return [number("expected", expected), number("actual", actual)]
        case .unsupportedFormat(let found, let supported):
            return [number("found", UInt64(max(0, found))), number("supported", UInt64(max(0, supported)))]
        case .typeNotAccepted(let accepted): return [text("accepted", accepted)]
        case .notFound, .forbidden, .copiesNotPermitted, .gone, .committed, .idempotencyConflict, .alreadyExists,
            .inUse, .superseded,
            .linkExpired, .quotaExceeded, .storeFull, .spaceLow, .storeCorrupt, .storeLocked, .unavailable, .cancelled:
            return []
        }
    }
}
