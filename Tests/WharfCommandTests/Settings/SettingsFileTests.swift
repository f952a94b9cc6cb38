import Testing

@testable import WharfCommand

@Suite struct SettingsFileTests {
    private func parse(_ text: String) throws(SettingsError) -> FileSettings {
        try SettingsFile.parse(Array(text.utf8), path: "w.json")
    }

    private func refusal(_ text: String) -> String? {
        do throws(SettingsError) {
            _ = try parse(text)
            return nil
        } catch {
            return error.description
        }
    }

    @Test func `values are strings, numbers or booleans`() throws {
        let values = try parse(#"{"listen": "localhost:1", "threads": 4, "insecure": true, "metrics": false}"#)
        #expect(values.values == ["listen": "localhost:1", "threads": "4", "insecure": "on", "metrics": "off"])
        #expect(try EffectiveSettings(file: values).values.threads == 4)
        #expect(try parse("{}").values == [:])
    }

    @Test func `an unknown name is refused with the file and the most similar known one`() {
        let refusal = refusal(#"{"chunk_size_max": 1}"#)
        #expect(
            refusal?.hasPrefix("w.json:1: there is no setting chunk_size_max. Did you mean chunk-size-max?") == true)
    }

    @Test func `a file cannot refer to another`() {
        #expect(refusal(#"{"config": "other.json"}"#)?.contains("cannot be set in the file") == true)
    }

    @Test(arguments: [
        "[]", "{", "threads: 4", #"{"threads": [4]}"#, #"{"threads": {"io": 4}}"#, #"{"threads": null}"#,
        #"{"threads": 4.5}"#, #"{"threads": -4}"#, "\u{0}",
        #"{"threads": 4, "threads": 5}"#, "{\"threads\": 4,}",
    ]) func `anything but an object of settings is refused`(_ text: String) {
        #expect(refusal(text)?.hasPrefix("w.json:1: ") == true, "\(refusal(text) ?? "")")
    }

    @Test func `a refusal names the line, the setting and the value`() throws {
        let text = """
            {
              "listen": "localhost:1",
              "auth": "a \\" \\n: text",

              "linger": "soon", "threads": 0
            }
            """
        let file = try parse(text)
        func refusal(_ name: String) -> String? {
            let one = FileSettings(values: file.values.filter { $0.key == name }, places: file.places)
            return #expect(throws: SettingsError.self) { try EffectiveSettings(file: one) }?.description
        }
        #expect(refusal("linger")?.hasPrefix("w.json:5: linger: “soon” is not a duration") == true)
        #expect(refusal("threads")?.hasPrefix("w.json:5: threads: “0” is not a whole number") == true)
        #expect(refusal("auth")?.hasPrefix("w.json:3: auth: “a") == true)
        #expect(self.refusal("{\n\n\"threads\": [4]\n}")?.hasPrefix("w.json:3: threads: the value must be") == true)
        #expect(
            self.refusal("{\n\"threads\": 4\n\"page\": true\n}")?.hasPrefix("w.json:3: the file is not JSON") == true)
        #expect(self.refusal("{\n\"page\": true,\n\"page\": true\n}")?.contains("page is given twice") == true)
        #expect(self.refusal("{\n\"thread\": 4\n}")?.hasPrefix("w.json:2: there is no setting thread.") == true)
    }
}
