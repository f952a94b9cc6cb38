/// The results of a scenario.
package struct Outcome {
    package var rows: [Row]
    /// Notes for the reader of the figures, such as reduced sizes.
    package var remarks: [String]

    package init(rows: [Row] = [], remarks: [String] = []) {
        self.rows = rows
        self.remarks = remarks
    }
}
