import Testing

@testable import WharfCommand

@Suite struct SettingsFileTests {
    private func parse(_ text: String) throws(SettingsError) -> [String: String] {
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
        #expect(values == ["listen": "localhost:1", "threads": "4", "insecure": "on", "metrics": "off"])
        #expect(try EffectiveSettings(file: values).values.threads == 4)
        #expect(try parse("{}") == [:])
    }

    @Test func `an unknown name is refused with the file and the most similar known one`() {
        let refusal = refusal(#"{"chunk_size_max": 1}"#)
        #expect(refusal?.hasPrefix("w.json: there is no setting chunk_size_max. Did you mean chunk-size-max?") == true)
    }

    @Test func `a file cannot refer to another`() {
        #expect(refusal(#"{"config": "other.json"}"#)?.contains("cannot be set in the file") == true)
    }

    @Test(arguments: [
        "[]", "{", "threads: 4", #"{"threads": [4]}"#, #"{"threads": {"io": 4}}"#, #"{"threads": null}"#,
        #"{"threads": 4.5}"#, #"{"threads": -4}"#, "\u{0}",
    ]) func `anything but an object of settings is refused`(_ text: String) {
        #expect(refusal(text)?.hasPrefix("w.json: ") == true)
    }
}
