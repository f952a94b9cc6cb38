/// One thing that a server can be told: its name, what values look like, and where the value goes.
struct Setting: Sendable {
    /// In kebab case, as in flags and files. In the environment it is `variable`.
    let name: String
    let kind: Kind
    let summary: String
    /// The value as text that `apply` takes.
    let read: @Sendable (ServerSettings) -> String
    let apply: @Sendable (String, inout ServerSettings) throws(SettingProblem) -> Void

    enum Kind: String, Sendable {
        case size, duration, number
        case onOff = "on or off"
        case text
    }

    /// The name in the environment: `WHARF_CHUNK_SIZE_MAX`.
    var variable: String {
        "WHARF_" + name.uppercased().replacing("-", with: "_")
    }
}

/// Why a text is no value of a setting.
struct SettingProblem: Error, Hashable, Sendable {
    let text: String

    init(_ text: String) {
        self.text = text
    }
}

// MARK: - Kinds

extension Setting {
    typealias Place<Value> = any WritableKeyPath<ServerSettings, Value> & Sendable

    static func size<Value: FixedWidthInteger & Sendable>(
        _ name: String, _ place: Place<Value>, from minimum: Value = 0, _ summary: String
    ) -> Setting {
        Setting(
            name: name, kind: .size, summary: summary,
            read: { Quantity.text(bytes: UInt64($0[keyPath: place])) },
            apply: { text, settings throws(SettingProblem) in
                guard let bytes = Quantity.bytes(text) else {
                    throw SettingProblem("“\(text)” is no size; write bytes, or 64KiB, 8MiB, 5GiB, 1TiB")
                }
                guard let value = Value(exactly: bytes), value >= minimum else {
                    throw SettingProblem("must be a size from \(minimum) to \(Value.max)")
                }
                settings[keyPath: place] = value
            })
    }

    static func number<Value: FixedWidthInteger & Sendable>(
        _ name: String, _ place: Place<Value>, from minimum: Value = 0, _ summary: String
    ) -> Setting {
        Setting(
            name: name, kind: .number, summary: summary,
            read: { "\($0[keyPath: place])" },
            apply: { text, settings throws(SettingProblem) in
                guard let value = Value(text), value >= minimum else {
                    throw SettingProblem("“\(text)” is no whole number from \(minimum) to \(Value.max)")
                }
                settings[keyPath: place] = value
            })
    }

    /// In milliseconds.
    static func duration(
        _ name: String, _ place: Place<Int64>, from minimum: Int64 = 0, _ summary: String
    ) -> Setting {
        Setting(
            name: name, kind: .duration, summary: summary,
            read: { Quantity.text(milliseconds: $0[keyPath: place]) },
            apply: { text, settings throws(SettingProblem) in
                guard let value = Quantity.milliseconds(text) else {
                    throw SettingProblem("“\(text)” is no duration; write 500ms, 30s, 5m, 2h or 7d")
                }
                guard value >= minimum else {
                    throw SettingProblem("must be at least \(Quantity.text(milliseconds: minimum))")
                }
                settings[keyPath: place] = value
            })
    }

    static func onOff(_ name: String, _ place: Place<Bool>, _ summary: String) -> Setting {
        Setting(
            name: name, kind: .onOff, summary: summary,
            read: { $0[keyPath: place] ? "on" : "off" },
            apply: { text, settings throws(SettingProblem) in
                switch text {
                case "on", "true": settings[keyPath: place] = true
                case "off", "false": settings[keyPath: place] = false
                default: throw SettingProblem("“\(text)” is neither on nor off")
                }
            })
    }

    static func choice<Value: RawRepresentable<String> & CaseIterable & Sendable>(
        _ name: String, _ place: Place<Value>, _ summary: String
    ) -> Setting {
        text(name, place, summary, expects: "one of " + Value.allCases.map(\.rawValue).joined(separator: ", ")) {
            Value(rawValue: $0)
        } write: {
            $0.rawValue
        }
    }

    /// - Parameter expects: What a value has to be, for the message when it is not.
    static func text<Value: Sendable>(
        _ name: String, _ place: Place<Value>, _ summary: String, expects: String,
        read: @escaping @Sendable (String) -> Value?, write: @escaping @Sendable (Value) -> String
    ) -> Setting {
        Setting(
            name: name, kind: .text, summary: summary,
            read: { write($0[keyPath: place]) },
            apply: { text, settings throws(SettingProblem) in
                guard let value = read(text) else { throw SettingProblem("“\(text)” is not \(expects)") }
                settings[keyPath: place] = value
            })
    }
}
