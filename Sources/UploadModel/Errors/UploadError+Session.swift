package import SessionCore

extension UploadError {
    /// Translates a refusal of the ledger.
    package init(_ error: SessionError, session: Session?) {
        switch error {
        case .notFound: self.init(.notFound(.upload))
        case .alreadyExists: self.init(.alreadyExists)
        case .ended(let status): self.init(ended: status)
        case .wrongLayout:
            self.init(
                .invalidArgument(
                    "upload",
                    session?.spec.layout == .append
                        ? "was begun over tus, as an append, and takes no chunks: continue it there"
                        : "was begun in chunks and takes no appended bytes: continue it over the native API"))
        case .indexOutOfRange(let index, let count):
            self.init(.invalidArgument("index", "is \(index), but there are \(count) chunks"))
        case .wrongSize(let expected, let actual): self.init(.sizeMismatch(expected: expected, actual: actual))
        case .unaligned(let offset, let size):
            self.init(.invalidArgument("offset", "is \(offset), no multiple of the chunk size \(size)"))
        case .offsetMismatch(let expected, let actual):
            self.init(.offsetMismatch(expected: expected, actual: actual))
        case .exceedsLength(let length, let wanted): self.init(.sizeMismatch(expected: length, actual: wanted))
        case .lengthConflict(let known, let declared): self.init(.sizeMismatch(expected: known, actual: declared))
        case .incomplete: self.init(incomplete: session)
        case .superseded, .alreadyDurable: self.init(.superseded)
        }
    }

    /// The error for an upload that is no longer pending: `committed` or `gone`.
    package init(ended status: SessionStatus) {
        if case .committed = status { self.init(.committed) } else { self.init(.gone(status)) }
    }

    private init(incomplete session: Session?) {
        let missing = session?.missing(limit: Limits.rangesShown) ?? []
        let bytes = session.flatMap { session in session.spec.expectedBytes.map { $0 - session.receivedBytes } }
        self.init(.incomplete(missing: missing, bytes: bytes))
    }
}

extension UploadError {
    /// Applies a change to a ledger and translates its refusal.
    package static func rethrowing<Value>(
        _ session: inout Session, _ change: (inout Session) throws(SessionError) -> Value
    ) throws(UploadError) -> Value {
        do throws(SessionError) {
            return try change(&session)
        } catch {
            throw UploadError(error, session: session)
        }
    }
}

extension Session {
    /// What is missing, ascending: chunks by their numbers, of an unknown length the gaps so far; of an append its bytes, none of an
    /// unknown length.
    package func missing(limit: Int) -> [ClosedRange<UInt64>] {
        guard spec.layout == .append else {
            return pieces.missing(below: spec.chunkCount ?? pieces.last.map { $0 + 1 } ?? 0, limit: limit)
        }
        guard let length = spec.expectedBytes, offset < length else { return [] }
        return [offset...length - 1]
    }
}
