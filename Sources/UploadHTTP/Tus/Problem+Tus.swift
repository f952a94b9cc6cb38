import HTTPTypes
import NativeWire
import TusWire
import UploadCore

extension Problem {
    /// What the protocol refused.
    init(_ refusal: TusRefusal) {
        self.init(refusal.status, refusal.code, refusal.title, refusal.advice, fields: refusal.fields)
    }

    /// What the engine refused, as tus has it.
    init(_ error: UploadError, of operation: TusOperation) {
        self.init(error)
        status = operation.status(for: error.code)
        document.status = status.code
        fields[.retryAfter] = operation.retrySeconds(for: error.code).map { String($0) }
        if error.code == .offsetMismatch, let offset = document.offset {
            fields[TusField.uploadOffset] = String(offset)
        }
    }
}
