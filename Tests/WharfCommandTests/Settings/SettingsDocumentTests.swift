import DurableFiles
import Glibc
import Testing

@testable import WharfCommand

/// docs/settings.md against the table. `RECORD=1 swift test --filter SettingsDocumentTests` writes it anew.
@Suite struct SettingsDocumentTests {
    private let docs = POSIXFileSystem(root: #filePath.components(droppingLast: 4) + "/docs")

    private static let introduction = """
        # Settings of `wharf serve`

        Written by a test from the table in `Sources/WharfCommand/Serve/Settings`; do not edit it by hand.

        Each setting can be given as a flag (`--set NAME=VALUE`; the main ones have flags of their own, `wharf serve --help`), as a
        variable of the environment, or by its name in a JSON file (`--config FILE`). A flag wins over the environment, that over the
        file, that over the default. A name that does not exist is an error wherever it is given. Sizes are bytes or `64KiB`, `8MiB`,
        `5GiB`, `1TiB`; durations are `500ms`, `30s`, `5m`, `2h`, `7d`. `wharf serve --print-config` shows what is in force and where it
        came from.

        """

    private static let sections = [
        ("The server", Setting.server), ("tus", Setting.tus), ("Photos", Setting.imaging),
        ("Limits of the engine", Setting.engineLimits),
        ("Limits of the transport", Setting.transportLimits),
    ]

    private var current: String {
        Self.sections.reduce(Self.introduction) { text, section in
            let rows = section.1.map { setting in
                let standard = setting.read(ServerSettings())
                return "| `\(setting.name)` | `\(setting.variable)` | \(setting.kind.rawValue) | "
                    + (standard.isEmpty ? "" : "`\(standard)`") + " | \(setting.summary) |\n"
            }
            return text
                + "\n## \(section.0)\n\n| name | variable | value | default | meaning |\n|---|---|---|---|---|\n"
                + rows.joined()
        }
    }

    @Test func `every setting has its place in the documentation`() {
        #expect(Self.sections.flatMap(\.1).map(\.name) == Setting.all.map(\.name))
    }

    @Test func `the documentation of the settings is current`() throws {
        if getenv("RECORD") != nil {
            let file = try docs.open("settings.md", .readWriteCreating)
            defer { docs.close(file) }
            try docs.truncate(file, to: 0)
            try Array(current.utf8).withUnsafeBytes { try docs.write(file, $0, at: 0) }
        }
        let file = try docs.open("settings.md", .read)
        defer { docs.close(file) }
        let text = String(decoding: try docs.readAll(file, atMost: 1 << 20), as: UTF8.self)
        #expect(text == current, "docs/settings.md is old: run RECORD=1 swift test --filter SettingsDocumentTests")
    }
}

extension String {
    /// A path without its last components.
    fileprivate func components(droppingLast count: Int) -> String {
        split(separator: "/", omittingEmptySubsequences: false).dropLast(count).joined(separator: "/")
    }
}
