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
    static func read(_ path: String) throws(SettingsError) -> FileSettings {
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try SmallFile.bytes(at: path, atMost: UInt64(bytesMax))
        } catch {
            throw SettingsError("\(path): \(error.reason)")
        }
        return try parse(bytes, path: path)
    }

    /// - Parameter path: For messages.
    /// - Throws: `SettingsError` with the line for any other JSON, and for unknown names.
    static func parse(_ bytes: [UInt8], path: String) throws(SettingsError) -> FileSettings {
        if let (problem, offset) = NativeJSON.ambiguity(of: bytes) {
            throw SettingsError("\(path):\(line(at: offset, of: bytes)): the file \(problem)")
        }
        let lines = JSONLines.ofMembers(in: bytes)
        func place(_ name: String) -> String { lines[name].map { "\(path):\($0)" } ?? path }
        let values: [String: Value]
        do {
            values = try NativeJSON.decode([String: Value].self, from: bytes)
        } catch {
            throw SettingsError("\(path): not a JSON object of settings: \(error.message)")
        }
        for name in values.keys.sorted(by: { lines[$0] ?? 0 < lines[$1] ?? 0 }) {
            guard name != Setting.fileName else {
                throw SettingsError("\(place(name)): \(name) cannot be set in the file itself")
            }
            guard Setting.byName[name] != nil else {
                throw .unknown(name, in: place(name), known: Setting.all.map(\.name))
            }
            guard values[name]?.text != nil else {
                throw SettingsError(
                    "\(place(name)): \(name): the value must be a string, a whole number from 0, true or false")
            }
        }
        return FileSettings(
            values: values.compactMapValues(\.text),
            places: Dictionary(uniqueKeysWithValues: values.keys.map { ($0, "\(place($0)): \($0)") }))
    }

    /// Counted from 1.
    private static func line(at offset: Int, of bytes: [UInt8]) -> Int {
        bytes.prefix(offset).reduce(1) { $1 == UInt8(ascii: "\n") ? $0 + 1 : $0 }
    }

    /// A JSON value as the text of the equivalent flag; nil for one that no flag has.
    private struct Value: Decodable {
        let text: String?

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let flag = try? container.decode(Bool.self) {
                text = flag ? "on" : "off"
            } else if let number = try? container.decode(UInt64.self) {
                text = "\(number)"
            } else {
                text = try? container.decode(String.self)
            }
        }
    }
}

/// The settings of a file, and where each of them is, for messages.
struct FileSettings: Sendable, ExpressibleByDictionaryLiteral {
    let values: [String: String]
    /// `FILE:LINE: NAME`, by name.
    let places: [String: String]

    init(values: [String: String], places: [String: String]) {
        self.values = values
        self.places = places
    }

    init(dictionaryLiteral elements: (String, String)...) {
        self.init(values: Dictionary(elements) { $1 }, places: [:])
    }
}

/// The lines of a JSON text. Pure.
enum JSONLines {
    /// The lines, from 1, on which the names of the members of an object are.
    ///
    /// - Parameter bytes: Valid JSON.
    static func ofMembers(in bytes: [UInt8]) -> [String: Int] {
        var lines: [String: Int] = [:]
        var (line, depth) = (1, 0)
        // The last string on the first level, which is a name if a colon follows.
        var last: (text: String, line: Int)?
        var index = 0
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\n"): line += 1
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: ":"):
                if depth == 1, let last { lines[last.text] = last.line }
            case UInt8(ascii: "\""):
                let start = index + 1
                index = start
                while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
                    index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
                }
                last = (String(decoding: bytes[start..<min(index, bytes.count)], as: UTF8.self), line)
            default: break
            }
            index += 1
        }
        return lines
    }
}
