/// One setting of a server: its name, the form of its values, and the field that it sets.
struct Setting: Sendable {
    /// In kebab case, as in flags and files.
    let name: String
    let kind: Kind
    let summary: String
    /// Formats the current value so that `apply` accepts it.
    let read: @Sendable (ServerSettings) -> String
    /// Parses a value and sets it.
    let apply: @Sendable (String, inout ServerSettings) throws(InvalidSettingValue) -> Void
    /// Nil until its group sets it.
    var scope: Scope?

    enum Kind: String, Sendable {
        case size, duration, number
        case onOff = "on or off"
        case text
    }

    /// The environment variable: `WHARF_CHUNK_SIZE_MAX`.
    var variable: String {
        "WHARF_" + name.uppercased().replacing("-", with: "_")
    }
}

/// Why a text is not a valid value of a setting.
struct InvalidSettingValue: Error, Hashable, Sendable {
    let text: String

    init(_ text: String) {
        self.text = text
    }
}

// MARK: - Kinds

extension Setting {
    typealias Target<Value> = any WritableKeyPath<ServerSettings, Value> & Sendable

    /// In bytes.
    static func size<Value: FixedWidthInteger & Sendable>(
        _ name: String, _ target: Target<Value>, from minimum: Value = 0, _ summary: String
    ) -> Setting {
        Setting(
            name: name, kind: .size, summary: summary,
            read: { Quantity.text(bytes: UInt64($0[keyPath: target])) },
            apply: { text, settings throws(InvalidSettingValue) in
                guard let bytes = Quantity.bytes(text) else {
                    throw InvalidSettingValue("“\(text)” is not a size; use bytes, or 64KiB, 8MiB, 5GiB, 1TiB")
                }
                guard let value = Value(exactly: bytes), value >= minimum else {
                    throw InvalidSettingValue("“\(text)” is not a size from \(minimum) to \(Value.max) bytes")
                }
                settings[keyPath: target] = value
            })
    }

    static func number<Value: FixedWidthInteger & Sendable>(
        _ name: String, _ target: Target<Value>, from minimum: Value = 0, through maximum: Value = .max,
        _ summary: String
    ) -> Setting {
        Setting(
            name: name, kind: .number, summary: summary,
            read: { "\($0[keyPath: target])" },
            apply: { text, settings throws(InvalidSettingValue) in
                guard let value = Value(text), minimum <= value, value <= maximum else {
                    throw InvalidSettingValue("“\(text)” is not a whole number from \(minimum) to \(maximum)")
                }
                settings[keyPath: target] = value
            })
    }

    /// In milliseconds.
    static func duration(
        _ name: String, _ target: Target<Int64>, from minimum: Int64 = 0, through maximum: Int64 = .max,
        _ summary: String
    ) -> Setting {
        Setting(
            name: name, kind: .duration, summary: summary,
            read: { Quantity.text(milliseconds: $0[keyPath: target]) },
            apply: { text, settings throws(InvalidSettingValue) in
                guard let value = Quantity.milliseconds(text) else {
                    throw InvalidSettingValue("“\(text)” is not a duration; use 500ms, 30s, 5m, 2h or 7d")
                }
                guard value >= minimum else {
                    throw InvalidSettingValue(
                        "“\(text)” is too short; the least is \(Quantity.text(milliseconds: minimum))")
                }
                guard value <= maximum else {
                    throw InvalidSettingValue(
                        "“\(text)” is too long; the most is \(Quantity.text(milliseconds: maximum))")
                }
                settings[keyPath: target] = value
            })
    }

    static func onOff(_ name: String, _ target: Target<Bool>, _ summary: String) -> Setting {
        Setting(
            name: name, kind: .onOff, summary: summary,
            read: { $0[keyPath: target] ? "on" : "off" },
            apply: { text, settings throws(InvalidSettingValue) in
                switch text {
                case "on", "true": settings[keyPath: target] = true
                case "off", "false": settings[keyPath: target] = false
                default: throw InvalidSettingValue("“\(text)” is neither on nor off")
                }
            })
    }

    static func choice<Value: RawRepresentable<String> & CaseIterable & Sendable>(
        _ name: String, _ target: Target<Value>, _ summary: String
    ) -> Setting {
        text(name, target, summary, expects: "one of " + Value.allCases.map(\.rawValue).joined(separator: ", ")) {
            Value(rawValue: $0)
        } write: {
            $0.rawValue
        }
    }

    /// - Parameter expects: Describes valid values in the error message.
    static func text<Value: Sendable>(
        _ name: String, _ target: Target<Value>, _ summary: String, expects: String,
        read: @escaping @Sendable (String) -> Value?, write: @escaping @Sendable (Value) -> String
    ) -> Setting {
        Setting(
            name: name, kind: .text, summary: summary,
            read: { write($0[keyPath: target]) },
            apply: { text, settings throws(InvalidSettingValue) in
                guard let value = read(text) else { throw InvalidSettingValue("“\(text)” is not \(expects)") }
                settings[keyPath: target] = value
            })
    }
}
