public import Foundation

/// The files of an evaluation in its results folder.
public enum ResultFiles {
    /// Writes `metrics.json`, `manifest.json`, `classes.csv` and `episodes.csv`, each atomically. The IoU of a class that no episode
    /// asked for is null in JSON and empty in CSV.
    ///
    /// - Parameters:
    ///   - result: the scores.
    ///   - manifest: how they came about.
    ///   - episodes: what was evaluated, in order.
    ///   - folder: is created when it does not exist.
    /// - Throws: ``DatasetError`` when the folder or a file cannot be written.
    public static func write(
        _ result: EvaluationResult, manifest: ResultManifest, episodes: [EpisodeReference], to folder: URL
    ) throws(DatasetError) {
        try Folder.create(folder)
        try TextFile.writeJSON(result, to: folder.appendingPathComponent("metrics.json"))
        try TextFile.writeJSON(manifest, to: folder.appendingPathComponent("manifest.json"))
        try TextFile.writeCSV(
            header: ["class", "name", "iou", "episodes", "intersection", "union", "boundary_iou"],
            rows: result.classes.map { row in
                [
                    String(row.classID), row.name, row.iou.map { String($0) } ?? "", String(row.episodes),
                    String(row.intersection), String(row.union), row.boundaryIoU.map { String($0) } ?? "",
                ]
            }, to: folder.appendingPathComponent("classes.csv"))
        try TextFile.writeCSV(
            header: EpisodeTable.header,
            rows: zip(episodes, result.scores).enumerated().map { index, pair in
                let (reference, score) = pair
                return EpisodeTable.row(index, reference, score)
            }, to: folder.appendingPathComponent("episodes.csv"))
    }
}
