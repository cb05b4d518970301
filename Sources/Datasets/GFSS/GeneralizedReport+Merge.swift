public import Foundation

extension GeneralizedReport {
    /// The command, as manifests name it.
    public static let mergeCommand = "gfss merge"

    /// Reads `metrics.json` of a scoring.
    ///
    /// - Throws: ``DatasetError`` for a file that cannot be read or is of something else, and counts that no image can have.
    public init(contentsOf folder: URL) throws(DatasetError) {
        let file = folder.appendingPathComponent("metrics.json")
        let expected = "metrics.json of `fss gfss score`"
        let text = try TextFile.read(file, expected: expected)
        do {
            self = try RunJSON.decode(GeneralizedReport.self, from: Data(text.utf8))
        } catch {
            throw DatasetError(file: file.path, found: "JSON of something else", expected: expected, advice: "check the folder")
        }
        guard runs.allSatisfy(\.isSound) else {
            throw DatasetError(
                file: file.path, found: "counts that do not fit their classes", expected: expected, advice: "score again")
        }
    }

    /// Adds up parts that several processes scored: the same numbers, bit by bit, as those of one process.
    ///
    /// - Throws: ``ComparisonRefusal`` for scorings of different settings or images, ``RunError`` for none and for a part that is there
    ///   twice.
    public init(merging reports: [(path: String, report: GeneralizedReport)]) throws {
        guard let first = reports.first?.report else { throw RunError.conflict("found no scoring to merge.") }
        try Self.check(reports)
        let parts = reports.flatMap(\.report.parts)
        if let twice = parts.first(where: { part in parts.count { $0 == part } > 1 }) {
            throw RunError.conflict("part \(twice) is there twice; name every part once.")
        }
        var runs = first.runs
        for (_, other) in reports.dropFirst() {
            for (place, run) in other.runs.enumerated() { runs[place] = try runs[place].adding(run) }
        }
        let count = parts.first?.count ?? 1
        let missing = (1...count).filter { index in !parts.contains { $0.index == index } }
        var remarks = reports.flatMap(\.report.remarks).uniqued
        if !missing.isEmpty {
            let names = missing.prefix(20).map { "\($0)/\(count)" }.joined(separator: ", ")
            remarks.append("\(missing.count) parts are missing (\(names)): these numbers are not those of all images")
        }
        var settings = first.settings
        if missing.isEmpty { settings.part = .whole }
        let problems = reports.flatMap(\.report.problems)
        self.init(settings, parts: missing.isEmpty ? [.whole] : parts, runs: runs, problems: problems, remarks: remarks)
    }

    /// Whether parts of the run are missing.
    public var isPartial: Bool { Set(parts.map(\.index)).count < (parts.first?.count ?? 1) }

    private static func check(_ reports: [(path: String, report: GeneralizedReport)]) throws(ComparisonRefusal) {
        if let refusal = ComparisonRefusal(reports.map(\.path), reports.map(\.report.comparedFields)) { throw refusal }
    }

    /// What has to be equal before counts are added.
    private var comparedFields: [(name: String, value: String)] {
        let own = [
            ("dataset", settings.dataset.dataset), ("parts", "of \(parts.first?.count ?? 1)"),
            ("class order", settings.classOrder.rawValue),
        ]
        return own + protocolFields
    }

    /// What has to be equal before scores stand in one table.
    var protocolFields: [(name: String, value: String)] {
        let fixed = [
            ("convention", settings.convention.text), ("shots", "\(settings.shots)"),
            ("IoU space", settings.space.description),
            ("runs", runs.map { "fold \($0.fold) seed \($0.seed)" }.joined(separator: ", ")),
        ]
        return fixed
            + runs.flatMap { run in
                let name = "fold \(run.fold) seed \(run.seed)"
                let classes = run.classes.map { "\($0.classID)\($0.isNovel ? "n" : "")" }.joined(separator: " ")
                return [("\(name): images", "\(run.queries) \(run.queryHash.prefix(16))"), ("\(name): classes", classes)]
            }
    }
}

extension GeneralizedRun {
    /// Whether counts fit their classes and can be added without overflow.
    fileprivate var isSound: Bool {
        let (ids, counts) = (matrix.classIDs, matrix.counts)
        guard Set(ids).count == ids.count, counts.count == ids.count * ids.count, ids == classes.map(\.classID) else {
            return false
        }
        // 2^40 pixels a cell are more than any test set has.
        return counts.allSatisfy { (0...(1 << 40)).contains($0) } && scored >= 0 && queries >= scored && scored < 1 << 40
    }
}

extension GeneralizedReport {
    /// Writes all files but the manifest.
    func write(to folder: RunFolder, manifest: RunManifest<some Codable>) throws {
        try TextFile.writeJSON(self, to: folder.file("metrics.json"))
        try TextFile.writeCSV(header: Self.runHeader, rows: runFields, to: folder.file("runs.csv"))
        try TextFile.writeCSV(header: Self.classHeader, rows: classFields, to: folder.file("classes.csv"))
        if !problems.isEmpty {
            try TextFile.write(problems.joined(separator: "\n") + "\n", to: folder.file(Self.problemsName))
        }
        let origin = ReportOrigin(
            facts: facts(manifest.compute, manifest.started),
            arguments: manifest.arguments,
            manifest: try TextFile.json(manifest))
        try TextFile.write(GeneralizedPage(report: self, origin: origin).html(), to: folder.file("report.html"))
    }

    /// The file that lists what could not be scored.
    public static let problemsName = "problems.txt"

    private static let runHeader =
        ["fold", "seed", "images", "scored", "background"] + GeneralizedScores.titles

    private var runFields: [[String]] {
        runs.flatMap { run in
            [("with", run.withBackground), ("without", run.withoutBackground)].map { name, scores in
                ["\(run.fold)", "\(run.seed)", "\(run.queries)", "\(run.scored)", name]
                    + scores.all.map { $0.map { String($0) } ?? "" }
            }
        }
    }

    private static let classHeader = ["fold", "seed", "class", "name", "novel", "iou"]

    private var classFields: [[String]] {
        runs.flatMap { run in
            run.classes.map { item in
                [
                    "\(run.fold)", "\(run.seed)", "\(item.classID)", item.name, item.isNovel ? "1" : "0",
                    item.iou.map { String($0) } ?? "",
                ]
            }
        }
    }

    private func facts(_ compute: ComputeRecord, _ started: String) -> [ReportFact] {
        var facts = [
            ReportFact("convention", settings.convention.text), ReportFact("shots", "\(settings.shots)"),
            ReportFact("predictions", "\(settings.predictions), \(settings.classOrder.rawValue) order"),
            ReportFact("IoU space", settings.space.description),
        ]
        facts += runs.map { run in
            ReportFact(
                "fold \(run.fold), seed \(run.seed)", "\(run.scored) of \(run.queries) images \(run.queryHash.prefix(16))")
        }
        facts.append(ReportFact("computed by", "swift-fss \(compute.libraryVersion)"))
        facts.append(ReportFact("began", started))
        return facts
    }

    /// Adds up the parts in folders and writes the files of the whole.
    ///
    /// - Throws: as ``init(merging:)`` and ``init(contentsOf:)``, and ``DatasetError`` for files that cannot be written.
    public static func merge(
        _ paths: [String], in folder: RunFolder, arguments: [String] = []
    ) async throws -> GeneralizedReport {
        let start = Date()
        let parts = try paths.map { (path: $0, report: try GeneralizedReport(contentsOf: URL(fileURLWithPath: $0))) }
        let report = try GeneralizedReport(merging: parts)
        let manifest = RunManifest(command: mergeCommand, arguments: arguments, settings: report.settings, started: start)
        return try await folder.run(manifest, since: start) { remarks in
            remarks = report.remarks
            var ended = manifest.ended(since: start)
            ended.remarks = report.remarks
            try report.write(to: folder, manifest: ended)
            return report
        }
    }
}
