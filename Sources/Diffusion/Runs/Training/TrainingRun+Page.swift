internal import Datasets
internal import Foundation

extension TrainingRun {
    /// The report's file.
    public static var pageName: String { "report.html" }

    /// Writes the report.
    ///
    /// - Parameter manifest: of the run, as it ends.
    func writePage(_ manifest: RunManifest<Plan>) throws {
        let origin = ReportOrigin(
            facts: manifest.facts, command: manifest.commandLine, manifest: try TextFile.json(manifest))
        let page = TrainingPage(
            title: "fss \(Plan.command)", subtitle: "\(folder.url.lastPathComponent), \(manifest.status)",
            curves: try TrainingCurves(contentsOf: folder.url), remarks: manifest.remarks, origin: origin)
        try TextFile.write(page.html(), to: folder.file(Self.pageName))
    }
}
