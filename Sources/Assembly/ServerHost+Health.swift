import Arbiter
import Log
import Platform
import PythonRuntime
import Settings

// MARK: - The application's own metrics

extension ServerHost {
    private static let module = "swiftcorn._appmetrics"

    private var servesMetrics: Bool { !((try? generation.settings.healthBind) ?? []).isEmpty }

    /// Makes the place for them, before the application is imported by anybody.
    func prepareApplicationMetrics() throws(PythonError) {
        guard servesMetrics else { return }
        let settings = generation.settings
        _ = try Interpreter.module(Self.module).attribute("prepare")
            .call(integers: [settings.user, settings.group])
    }

    /// A worker has ended.
    func forgetApplicationMetrics(of pid: Int32) {
        guard servesMetrics else { return }
        do throws(PythonError) {
            _ = try Interpreter.module(Self.module).attribute("ended").call(integers: [Int(pid)])
        } catch {
            log.error("The metrics of a worker that ended are still there\n\(error.traceback)")
        }
    }

    /// What there is of them, read in the monitor.
    func applicationMetrics(asOpenMetrics: Bool) -> String {
        do throws(PythonError) {
            let form = PythonObject.flag(asOpenMetrics)
            let text = try Interpreter.module(Self.module).attribute("text").call([form.reference])
            return text.shownText ?? ""
        } catch {
            // Ours are answered all the same, and the next scrape fails as this one does.
            if !hasMissedMetrics {
                log.error("The application's metrics cannot be read\n\(error.traceback)")
            }
            hasMissedMetrics = true
            return ""
        }
    }
}

// MARK: - Its own check of its health, which one of the workers makes

extension ServerHost {
    /// What a worker does once it serves: says so, and begins to make the check where there is one.
    func announcement(of seat: WorkerSeat) -> () -> Void {
        guard let check = generation.settings.healthCheck else { return seat.announceReady }
        return { [log] in
            seat.announceReady()
            PythonServices.healthCheck = { step in Self.tell(step, seat) }
            do throws(PythonError) {
                let target = PythonObject.text(check)
                _ = try Interpreter.module("swiftcorn._health").attribute("watch")
                    .call([target.reference])
            } catch {
                log.error("The health check cannot be made\n\(error.traceback)")
            }
        }
    }

    /// Takes a step of the check down; whether it is to be made now.
    private static func tell(_ step: Int, _ seat: WorkerSeat) -> Bool {
        let statistics = seat.slot.statistics
        let now = Clock.monotonicNanoseconds()
        switch step {
        case 0:
            guard isTurn(of: seat) else { return false }
            statistics.checkBegins(at: now)
            return true
        case 1: statistics.checkEnds(.passed, at: now)
        default: statistics.checkEnds(.failed, at: now)
        }
        return false
    }

    /// The oldest worker makes the check for all; the others make it once, so that there is an
    /// answer when the oldest goes.
    private static func isTurn(of seat: WorkerSeat) -> Bool {
        if seat.slot.statistics.checkEnded == 0 { return true }
        let pages = seat.pages
        let others = (0..<min(pages.arbiter.slotsInUse, pages.slotCount)).map(pages.slot)
        return !others.contains { $0.state == .ready && $0.age < seat.age }
    }
}
