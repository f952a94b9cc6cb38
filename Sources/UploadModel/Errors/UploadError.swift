/// The refusal or failure of an operation. Nothing is lost or half done afterwards: the state is that before the call,
/// except that durable bytes of an append stay, and that after `unavailable` and `store_full` the change may have been
/// made in full.
///
/// `code` is stable and meant for programs, `message` and `advice` are for people, `fields` have the values. None of
/// them contains a path, a statement or another caller's data; `debugDescription` may, and belongs in the log.
public struct UploadError: Error, Hashable, Sendable {
    package let reason: Reason

    package init(_ reason: Reason) {
        self.reason = reason
    }

    public var code: Code { reason.code }

    /// A sentence that describes the refusal or failure, with its values.
    public var message: String { reason.message }

    /// Advice for the caller.
    public var advice: String { reason.advice }

    /// The values, by the names that clients see.
    public var fields: [Field] { reason.fields }

    public struct Field: Hashable, Sendable {
        public let name: String
        public let value: Value
    }

    public enum Value: Hashable, Sendable {
        case number(UInt64)
        case text(String)
        /// Inclusive ranges of chunk indices.
        case ranges([ClosedRange<UInt64>])
    }
}

extension UploadError: CustomStringConvertible, CustomDebugStringConvertible {
    public var description: String { "\(code.rawValue): \(message) \(advice)" }

    public var debugDescription: String { "\(code.rawValue): \(reason)" }
}
