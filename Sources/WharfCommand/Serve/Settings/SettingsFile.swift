import NativeWire
import UploadCore

/// A file of settings: one JSON object, names as in flags, values as texts, numbers or booleans.
enum SettingsFile {
    /// Far more than all settings need.
    static let bytesMax = 1 << 20

    /// - Parameter path: For messages.
    /// - Throws: `SettingsError` if it is no such object, or names what is no setting.
    static func parse(_ bytes: [UInt8], path: String) throws(SettingsError) -> [String: String] {
        let values: [String: Value]
        do {
            values = try NativeJSON.decode([String: Value].self, from: bytes)
        } catch {
            throw SettingsError("\(path): is no JSON object of settings: \(error.message)")
        }
        for name in values.keys.sorted() {
            guard name != Setting.fileName else {
                throw SettingsError("\(path): \(name) cannot be set in the file that it names")
            }
            guard Setting.byName[name] != nil else {
                throw .unknown(name, in: path, known: Setting.all.map(\.name))
            }
        }
        return values.mapValues(\.text)
    }

    /// What a flag would say.
    private struct Value: Decodable {
        let text: String

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let flag = try? container.decode(Bool.self) {
                text = flag ? "on" : "off"
            } else if let number = try? container.decode(UInt64.self) {
                text = "\(number)"
            } else {
                text = try container.decode(String.self)
            }
        }
    }
}
