internal import Datasets
internal import Foundation

/// What the labels of all images say: their quality where the truth is known, and the pictures of some.
struct MaskSummary {
    let quality: [PseudoLabelStage: PseudoLabelQuality]
    let remarks: [String]
    private let sheet: RGBImage

    /// Reads the labels of all images.
    init(_ images: [StagedImage], _ work: SynthesisFolder, in masks: String, sheetRows: Int) throws {
        var quality: [PseudoLabelStage: PseudoLabelQuality] = [:]
        var vanished: [String: Int] = [:]
        var sheet = StageSheet()
        // Spread over all classes.
        let step = max(1, images.count / sheetRows)
        let drawn = Set(stride(from: 0, to: images.count, by: step).prefix(sheetRows))
        for (number, image) in images.enumerated() {
            let maps = try PseudoLabelStage.allCases.map { stage in
                (stage: stage, map: try LabelMap.load(work.labels(of: image, after: stage, in: masks)).classMap)
            }
            let truth = try image.truth.map { try LabelMap.load(work.file($0)).classMap }
            if let truth {
                for (stage, map) in maps {
                    try quality[stage, default: PseudoLabelQuality()].add(map, truth: truth, classID: image.item.id)
                }
            }
            if let last = maps.last?.map, !last.values.contains(Int32(image.item.id)) {
                vanished[image.item.name, default: 0] += 1
            }
            if drawn.contains(number) {
                sheet.add(
                    try ImageFile.load(work.place(of: image)), maps, truth: truth, caption: "\(image.name) \(image.item.name)")
            }
        }
        self.quality = quality
        self.sheet = sheet.rendered(title: "photo, labels after each stage" + (quality.isEmpty ? "" : ", truth"))
        remarks = vanished.sorted { $0.key < $1.key }.map { name, count in
            "\(name): no pixel of the class is left in \(count) images; they show it nowhere or the labeller does not know it"
        }
    }

    func write(to folder: RunFolder, arguments: [String], facts: [ReportFact]) throws {
        try ImageFile.save(sheet, to: folder.file("sheet.png"))
        try TextFile.writeJSON(
            Dictionary(uniqueKeysWithValues: quality.map { ($0.key.rawValue, $0.value.summary) }), to: folder.file("quality.json")
        )
        let titles = ["stage"] + PseudoLabelQuality.Summary.titles
        let rows = PseudoLabelStage.allCases.compactMap { stage in
            quality[stage].map { [stage.rawValue] + $0.summary.all.map(\.percent) }
        }
        var parts: [SectionPage.Part] = [.picture(sheet, description: "white pixels have no label")]
        if !rows.isEmpty { parts.insert(.table(titles: titles, rows: rows), at: 0) }
        let origin = ReportOrigin(facts: facts, arguments: arguments)
        let page = SectionPage(
            title: "Pseudo labels", subtitle: "In %, over the images of every class, then over classes",
            sections: [SectionPage.Section("Stages", parts)], remarks: remarks, origin: origin)
        try TextFile.write(page.html(), to: folder.file("report.html"))
    }
}
