internal import Datasets
internal import Foundation
internal import TensorCore

extension EvaluationRun {
    /// The report's file.
    public static let pageName = "report.html"

    /// The file of a score's drawn episodes in a run folder.
    static func galleryName(_ cell: EvaluationCell) -> String { "pictures/\(cell.folderName).json" }

    /// Writes the report.
    ///
    /// - Parameter manifest: of the run, as it ends.
    func writePage(_ cells: [EvaluationCell], _ manifest: RunManifest<EvaluationPlan>, to folder: RunFolder) throws {
        let counted = cells.map { Self.counted($0, in: folder) }
        let shown = Self.shown(cells)
        let galleries = try shown.compactMap { try Self.gallery(of: $0, in: folder) }
        let origin = ReportOrigin(
            facts: facts(cells) + manifest.facts, command: manifest.commandLine, manifest: try TextFile.json(manifest))
        let page = EvaluationPage(
            title: "\(plan.dataset.dataset), \(plan.classes.rawValue) classes, \(plan.shots)-shot", subtitle: subtitle,
            cells: counted, galleries: galleries, remarks: manifest.remarks, origin: origin)
        try TextFile.write(page.html(), to: folder.file(Self.pageName))
    }

    /// A score that an earlier part of the run left, with the counts of its episodes where they are there.
    private static func counted(_ cell: EvaluationCell, in folder: RunFolder) -> EvaluationCell {
        guard cell.result.scores.isEmpty else { return cell }
        let file = folder.url.appendingPathComponent(cell.folderName).appendingPathComponent("episodes.csv")
        var cell = cell
        if let table = try? EpisodeTable(contentsOf: file), table.episodeHash == cell.result.episodeHash {
            cell.result.scores = table.scores
        }
        return cell
    }

    /// Whose pictures are shown: the reported method's, the best backbone first.
    private static func shown(_ cells: [EvaluationCell]) -> [EvaluationCell] {
        guard let headline = EvaluationHeadline(cells, resamples: 0) else { return [] }
        let own = cells.filter { $0.method == headline.entry.method }
        return own.filter { $0.backbone == headline.backbone } + own.filter { $0.backbone != headline.backbone }
    }

    /// Drawn episodes; nil where none were drawn, as in a run without pictures or of an older version.
    private static func gallery(of cell: EvaluationCell, in folder: RunFolder) throws -> EpisodeGallery? {
        let file = folder.url.appendingPathComponent(galleryName(cell))
        guard FileManager.default.fileExists(atPath: file.path) else { return nil }
        do {
            return try RunJSON.decode(EpisodeGallery.self, from: Data(contentsOf: file))
        } catch {
            throw RunError.unreadable(
                file.path, error, expected: "drawn episodes of this run", advice: "remove the file to leave them out")
        }
    }

    private var subtitle: String {
        let evaluation = plan.evaluation
        let count = evaluation.episodes * evaluation.repeats
        return
            "\(count) episodes a fold, \(plan.annotation.rawValue) supports, protocol \(evaluation.id), IoU space \(evaluation.space)"
    }

    /// What has to be equal before two scores stand in one table.
    private func facts(_ cells: [EvaluationCell]) -> [ReportFact] {
        let evaluation = plan.evaluation
        var facts = [
            ReportFact("protocol", evaluation.summary),
            ReportFact("IoU space", evaluation.space.description), ReportFact("ignored", evaluation.ignoreRule.rawValue),
            ReportFact(
                "supports",
                "\(plan.shots) an episode, annotated by \(plan.annotation.rawValue)\(plan.ways.map { ", \($0) classes at once" } ?? "")"
            ),
        ]
        var folds: Set<Int> = []
        for cell in cells where folds.insert(cell.fold).inserted {
            let result = cell.result
            facts.append(
                ReportFact(
                    "fold \(cell.fold)",
                    "\(result.episodeCount) episodes \(result.episodeHash.prefix(16)) of list \(result.listHash.prefix(16))"))
        }
        return facts
    }
}

extension RunManifest {
    /// What a report says of any run.
    var facts: [ReportFact] {
        let networks = backbones.map { ReportFact("backbone", "\($0.name), SHA-256 \($0.sha256.prefix(16))") }
        let decoders = checkpoints.map { ReportFact("decoder", "\($0.path), SHA-256 \($0.sha256.prefix(16))") }
        let machine = "\(compute.backend), \(compute.threads == 1 ? "1 thread" : "\(compute.threads) threads")"
        var facts = networks + decoders + [ReportFact("computed by", "swift-fss \(compute.libraryVersion), \(machine)")]
        facts.append(ReportFact("precision, seed", "\(compute.precision.rawValue), \(compute.seed)"))
        let took = seconds.map { ", \($0.rounded(to: $0 < 10 ? 1 : 0)) s" } ?? ""
        facts.append(ReportFact("began", started + took))
        return facts
    }

    /// The words that begin such a run; empty for one that a program began.
    var commandLine: [String] { arguments.isEmpty ? [] : ["fss"] + arguments }
}
