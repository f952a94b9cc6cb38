/// What a scenario came to.
package struct Outcome {
    package var rows: [Row]
    /// What a reader of the figures has to know: sizes that had to be reduced, for one.
    package var remarks: [String]

    package init(rows: [Row] = [], remarks: [String] = []) {
        self.rows = rows
        self.remarks = remarks
    }
}
