import UploadCore
import UploadHTTP

/// Names of fields as names of settings.
enum SettingName {
    /// `chunkSizeMax` is `chunk-size-max`. A setting's value says its unit, so its name does not.
    static func kebab(_ field: String) -> String {
        let suffix = "Milliseconds"
        let stem = field.hasSuffix(suffix) ? field.dropLast(suffix.count) : field[...]
        return stem.reduce(into: "") { name, character in
            name += character.isUppercase ? "-" + character.lowercased() : String(character)
        }
    }

    /// The text with the fields of limits in it renamed.
    static func kebab(in text: String) -> String {
        let fields = [Mirror(reflecting: Limits()), Mirror(reflecting: HTTPLimits())]
            .flatMap { $0.children.compactMap(\.label) }
        // The longest first, since some begin with the whole of another.
        return fields.sorted { $0.count > $1.count }.reduce(text) { $0.replacing($1, with: kebab($1)) }
    }
}
