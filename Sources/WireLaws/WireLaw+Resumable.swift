import HTTPTypes
import HTTPWire
import ResumableWire

extension WireLaw {
    /// One value for every field of a request: what is understood is written in a form that means the same.
    static func resumableFields(_ text: String) -> String? {
        for version in InteropVersion.all {
            var fields: HTTPFields = [ResumableField.interopVersion: String(version.number)]
            let stated = [ResumableField.uploadComplete, ResumableField.uploadIncomplete, ResumableField.uploadLength]
            for name in stated { fields[name] = text }
            if let violation = creation(fields) { return violation }
            for marked in [version.completenessField: "?1", ResumableField.uploadOffset: "5"] {
                fields[marked.key] = marked.value
                if let violation = creation(fields) ?? append(fields) { return violation }
                fields[marked.key] = text
            }
        }
        guard let version = InteropVersion([ResumableField.interopVersion: text]) else { return nil }
        return InteropVersion(number: version.number) == version ? nil : "version \(version.number)"
    }

    private static func creation(_ fields: HTTPFields) -> String? {
        guard let creation = ResumableCreation(fields) else { return nil }
        if let length = creation.length, length > ResumableUploads.integerMax { return "length \(length)" }
        return ResumableCreation(creation.fields) == creation ? nil : "\(creation) is not read back"
    }

    private static func append(_ fields: HTTPFields) -> String? {
        var fields = fields
        fields[.contentType] = ResumableUploads.partialUploadType
        guard let append = try? ResumableAppend(fields) else { return nil }
        if append.offset > ResumableUploads.integerMax { return "offset \(append.offset)" }
        return (try? ResumableAppend(append.fields)) == append ? nil : "\(append) is not read back"
    }

    static func uploadLimit(_ text: String) -> String? {
        guard let limit = UploadLimit(text) else { return nil }
        for version in InteropVersion.all {
            var expected = limit
            let written = limit.text(for: version)
            // Without limits there is an explicit one.
            if limit == UploadLimit() { expected.minSize = 0 }
            if UploadLimit(written) != expected { return "“\(written)” is not read back" }
        }
        return nil
    }

    /// A name in a form that is written is read back, unless it has to be made safe for that.
    static func requestDisposition(_ text: String) -> String? {
        _ = ContentDisposition.fileName(in: text)
        let written = ContentDisposition.format(name: text, type: .octetStream)
        guard let name = ContentDisposition.fileName(in: written) else { return text.isEmpty ? nil : "no name" }
        let again = ContentDisposition.format(name: name, type: .octetStream)
        return again == written ? nil : "“\(written)” becomes “\(again)”"
    }
}
