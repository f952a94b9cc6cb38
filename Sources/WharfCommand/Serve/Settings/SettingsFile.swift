import DurableFiles
import NativeWire
import UploadCore

/// The settings file: a JSON object with the names of the flags, whose values are strings, numbers or booleans.
enum SettingsFile {
    /// Far more than all settings need.
    static let bytesMax = 1 << 20

    /// Reads a file. Blocks.
    ///
    /// - Throws: `SettingsError`, also if the file does not exist.
    static func read(_ path: String) throws(SettingsError) -> [String: String] {
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try SmallFile.bytes(at: path, atMost: UInt64(bytesMax))
        } catch {
            throw SettingsError("\(path): \(error.code == .notFound ? "there is no such file" : "\(error)")")
        }
        return try parse(bytes, path: path)
    }

    /// - Parameter path: For messages.
    /// - Throws: `SettingsError` for any other JSON, and for unknown names.
    static func parse(_ bytes: [UInt8], path: String) throws(SettingsError) -> [String: String] {
        let values: [String: Value]
        do {
            values = try NativeJSON.decode([String: Value].self, from: bytes)
        } catch {
            throw SettingsError("\(path): not a JSON object of settings: \(error.message)")
        }
        for name in values.keys.sorted() {
            guard name != Setting.fileName else {
                throw SettingsError("\(path): \(name) cannot be set in the file itself")
            }
            guard Setting.byName[name] != nil else {
                throw .unknown(name, in: path, known: Setting.all.map(\.name))
            }
        }
        return values.mapValues(\.text)
    }

    /// A JSON value as the text of the equivalent flag.
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
