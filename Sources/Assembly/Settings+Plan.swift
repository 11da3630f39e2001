import Engine
import Gateway
import HTTP
import Log
import Platform
import Serving
import Settings
import Workers

/// What the settings mean to each part: the only place that knows both.
extension Settings {
    /// The plan that every worker of a generation follows.
    var workerPlan: WorkerPlan {
        get throws {
            var plan = WorkerPlan()
            plan.environment = try rawEnvironment.map { (name: $0.0, value: $0.1) }
            plan.serving = serving
            plan.wsgi = wsgi
            plan.serverField = serverHeader
            plan.identity = Identity(user: UInt32(user), group: UInt32(group))
            plan.takesGroups = initgroups
            plan.timeoutSeconds = timeoutSeconds
            plan.maxRequests = maxRequests
            plan.maxRequestsJitter = maxRequestsJitter
            plan.importPath = pythonPath
            plan.threads = isThreaded ? max(1, threads) : 0
            plan.hasGuard = hasGuardThread
            if reload {
                plan.reload = ReloadPlan()
                plan.reload?.engine = reloadEngine == "poll" ? .poll : .inotify
                plan.reload?.extraFiles = reloadExtraFiles
            }
            let rules = try accessRules
            if loggerClass != nil {
                // The class may ask for anything.
                plan.wsgi.keepsEnviron = true
            } else if let accessLog {
                let format = try accessFormat
                plan.accessTarget = accessLog == "-" ? .standardOutput : .file(path: accessLog)
                plan.accessFormat = format
                plan.accessRules = rules.map {
                    .init(pathPrefix: $0.pathPrefix, statuses: $0.statuses, share: $0.share)
                }
                plan.accessFile = accessLog
                plan.wsgi.loggedVariables = format.variables
            }
            return plan
        }
    }

    private var accessFormat: AccessFormat {
        get throws(SettingError) {
            do throws(AccessFormatError) {
                return try AccessFormat(accessLogFormat)
            } catch {
                throw refusal("\(error)", by: "access_log_format")
            }
        }
    }

    private var serving: ServingOptions {
        var options = ServingOptions()
        options.limits = limits
        options.keepAliveSeconds = keepAliveSeconds
        bound(&options)
        if isThreaded || origin(of: "worker_connections") != .builtIn {
            options.connectionsAtMost = max(1, workerConnections)
        }
        // A worker among several takes one connection at a time, or it would sit on requests that
        // an idle sibling could answer.
        options.acceptsPerTurn = workers > 1 ? 1 : 16
        options.queueLimit = queueLimit
        options.queueSeconds = queueTimeoutSeconds
        options.requestSeconds = requestTimeout
        options.requestGraceSeconds = requestTimeoutGrace
        if let directory = temporaryUploadDirectory { options.uploadDirectory = directory }
        let trusted = forwardedAllow
        options.trusts = { peer in peer.isUnix || trusted.contains(peer.octets) }
        let proxies = proxyAllow
        options.mayProxy = { peer in peer.isUnix || proxies.contains(peer.octets) }
        let modes: [String: ProxyProtocol.Mode] = [
            "v1": .version1, "v2": .version2, "auto": .either,
        ]
        options.proxyMode = modes[proxyProtocol] ?? .off
        let fields: [String: ClientField] = [
            "x-forwarded-for": .forwardedFor, "forwarded": .forwarded,
        ]
        options.clientField = fields[realIPHeader] ?? .off
        return options
    }

    /// What one client may cost.
    private func bound(_ options: inout ServingOptions) {
        options.buffersBodies = requestBuffering
        options.headSeconds = requestHeadTimeout
        options.bodySeconds = requestBodyTimeout
        options.bodyBytesPerSecond = requestBodyMinRate
        options.writeSeconds = responseWriteTimeout
        options.writeBytesPerSecond = responseMinRate
        options.bodyAtMost = limitRequestBody
        options.responseInMemoryAtMost = responseBufferMemory
        options.responseInFileAtMost = responseBufferFile
        options.connectionsOfOneAtMost = limitConnectionsPerAddress
    }

    /// Whether threads run the application: gthread, which `threads` makes of sync.
    var isThreaded: Bool {
        workerClass.flatMap { WorkerClassName(uri: $0) } == .gthread
    }

    /// Whether threads alone take up all the connections that a worker may have.
    var leavesNoRoomForIdleConnections: Bool {
        isThreaded && keepAliveSeconds > 0 && workerConnections <= max(1, threads)
    }

    private var limits: RequestLimits {
        let underscores: [String: HeaderMap] = ["drop": .drop, "dangerous": .dangerous]
        return RequestLimits(
            limitRequestLine: limitRequestLine,
            limitRequestFields: limitRequestFields,
            limitRequestFieldSize: limitRequestFieldSize,
            permitObsoleteFolding: permitObsoleteFolding,
            stripHeaderSpaces: stripHeaderSpaces,
            permitUnconventionalMethod: permitUnconventionalMethod,
            permitUnconventionalVersion: permitUnconventionalVersion,
            casefoldMethod: casefoldMethod,
            headerMap: underscores[headerMap] ?? .refuse,
            forwarderHeaders: forwarderHeaders,
            secureSchemeFields: secureSchemeHeaders.map { (name: $0.key, value: $0.value) },
            isStrict: httpStrict
        )
    }

    private var wsgi: WSGIOptions {
        var options = WSGIOptions()
        options.isMultiprocess = workers > 1
        options.software = Program.software
        options.sendsFiles = sendfile
        options.isMultithreaded = isThreaded
        return options
    }

    /// Where the error log goes: standard error, or a file.
    var errorTarget: LogTarget {
        guard let errorLog, errorLog != "-" else { return .standardError }
        return .file(path: errorLog)
    }

    /// The level of the error log; as in Gunicorn, a word it does not know means info.
    var level: Level { Level(name: logLevel) ?? .info }
}
