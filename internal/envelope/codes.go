package envelope

import (
	"bytes"
	"strings"
)

// A rank says how much a code is worth against the other evidence.
type rank uint8

const (
	// generic types stand beside every kind of failure: invalid_request_error came with a 401 (OpenAI), a 429
	// (Mistral), a 402 (DeepSeek) and a server failure (Groq), internal_server_error with a 413, 498 and 503 (Groq).
	// They speak only where neither text nor number does.
	generic rank = iota + 1
	// broad codes repeat what a status says. A precise one beats them: OpenRouter's payment_required stands beside
	// in_flight_budget_exhausted.
	broad
	// plain codes say what happened, and yet providers send the rate's for used-up money as well: only a clear word of
	// money beats them. rate_limit_exceeded stands beside "exceeded the allowed number of tokens per minute", which is
	// no prompt that is too long.
	plainly
	// renewable codes say "quota" and may mean a minute's or a month's.
	renewable
	precise
)

type meaning struct {
	kind Kind
	rank rank
}

// lookup finds a code in the table. It is compared whole, without regard to case, separators and a final Error or
// Exception; of a path such as Throttling.RateQuota or coral#ThrottlingException first the whole, then the last part,
// then the first is tried. Never a substring: request_quota_exceeded is a rate and quota_exceeded is money.
func lookup(code string) (meaning, bool) {
	if len(code) > 120 {
		return meaning{}, false
	}
	// AWS writes "ThrottlingException:http://internal.amazon.com/coral/..." into a header.
	if i := strings.Index(code, ":http"); i > 0 {
		code = code[:i]
	}
	if m, ok := find(code); ok {
		return m, true
	}
	if i := strings.LastIndexAny(code, ".#/:"); i >= 0 {
		if m, ok := find(code[i+1:]); ok {
			return m, true
		}
		return find(code[:strings.IndexAny(code, ".#/:")])
	}
	return meaning{}, false
}

func find(code string) (meaning, bool) {
	var buf [120]byte
	n := 0
	for i := range len(code) {
		c := code[i]
		switch {
		case c >= 'A' && c <= 'Z':
			c |= 0x20
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
		case c == '_', c == '-', c == '.', c == ' ', c == '#', c == ':', c == '/':
			continue
		default:
			return meaning{}, false
		}
		buf[n] = c
		n++
	}
	if m, ok := codes[string(buf[:n])]; ok {
		return m, true
	}
	for short := buf[:n]; ; {
		ending := ""
		switch {
		case bytes.HasSuffix(short, []byte("exception")):
			ending = "exception"
		case bytes.HasSuffix(short, []byte("error")):
			ending = "error"
		}
		if short = short[:len(short)-len(ending)]; ending == "" || len(short) == 0 {
			return meaning{}, false
		}
		if m, ok := codes[string(short)]; ok {
			return m, true
		}
	}
}

var codes = func() map[string]meaning {
	all := make(map[string]meaning, 512)
	for _, row := range codeTable {
		for name := range strings.FieldsSeq(row.names) {
			all[name] = meaning{row.kind, row.rank}
		}
	}
	return all
}()

// codeTable is written in the compared form: lower case, no separators, no final "error" or "exception". Numbers with
// a prefix are codes of a shape, whose numbers other shapes use otherwise: MiniMax' 1002 is a rate, Zhipu's is a bad key.
var codeTable = []struct {
	kind  Kind
	rank  rank
	names string
}{
	{KindInvalidRequest, generic, `invalidrequest badrequest validation invalidargument invalidparameter invalidparametervalue
		failedprecondition outofrange unprocessable unprocessableentity preconditionfailed invalidvalue unsupportedvalue
		invalidjson invalidprompt invalidinput invalidparameterformat
		invalidmessages invalidrequestbody requestvalidation datavalidation badparameter paramsinvalid requestparamsinvalid
		stringtoolong maxtokensexceeded missingparameter parsing decodevalidation`},
	{KindServer, generic, `server api internalapi unknown unmapped unexpected backend generic oneapi newapi
		internalserver internal internalfailure internalservice internalservererror serverfault`},
	{KindServer, precise, `contentfiltererror`}, // Azure: the filter itself failed, in full, since without the end it is the filter's verdict
	{KindUpstream, generic, `upstream provider badresponsestatuscode modelprovider`},

	// What a validator found. Its sentence quotes the value, and "got -5" is no prompt that left no room for an answer.
	{KindInvalidRequest, precise, `integerbelowminvalue integerabovemaxvalue decimalbelowminvalue decimalabovemaxvalue
		numberbelowminvalue numberabovemaxvalue arraybelowminlength arrayabovemaxlength stringbelowminlength
		stringabovemaxlength objectbelowminproperties objectabovemaxproperties emptyarray emptystring unknownparameter
		unsupportedparameter missingrequiredparameter invalidtype invalidbase64 invalidbase64image invalidimage invalidimageurl
		invalidimageformat imageparse unsupportedimagemediatype unsupportedimage emptyimagefile imagetoolarge imagetoosmall
		imagefiletoolarge imagefilenotfound failedtodownloadimage invalidfunctionparameters invalidschema
		extraforbidden integertoolarge integertoosmall 1210 1212 1213 1214 1215`},
	{KindInvalidRequest, broad, `notsupported notimplemented unimplemented apinotimplemented methodnotallowed
		unsupportedmediatype`},
	{KindContextLength, precise, `contextlengthexceeded contextlength contextwindowexceeded contextwindowoverflow
		exceedcontextsize exceedscontextsize contextexceed contextexceeded contexttoolong contextlimitexceeded contextoverflow
		contextsizeexceeded maxcontextlengthexceeded prompttoolong inputtoolong tokenstoolong prompttokenstoolong
		modelmaxprompttokensexceeded inputtokenlimitexceeded inputtokensexceeded
		prompttokensexceeded prompttoolarge inputlengthexceeded maxinputtokensexceeded toomanytokensinprompt
		1261 10907 errorcode336103`},
	{KindContextLength, broad, `tokenlimitexceeded tokenslimitreached tokenlimitreached`},
	{KindTooLarge, precise, `requesttoolarge payloadtoolarge requestentitytoolarge entitytoolarge contenttoolarge bodytoolarge`},

	{KindModeration, precise, `contentfilter contentfiltered contentpolicyviolation contentpolicy
		responsibleaipolicyviolation moderation moderationblocked contentmoderation moderationfailed piiblocked
		piidetected datainspectionfailed datainspection inputdatainspectionfailed sensitivewordsdetected
		sensitivecontent sensitivecontentdetected inputtextsensitivecontentdetected outputtextsensitivecontentdetected
		inputimagesensitivecontentdetected outputimagesensitivecontentdetected inputvideosensitivecontentdetected
		inputtextriskdetection inputimageriskdetection outputtextriskdetection riskdetection contentsecurity
		policyviolation safetyviolation safetyblock safety prohibitedcontent
		blocklist jailbreak guardrail guardrailintervened guardrailviolation guardrailblocked guardrailsviolation
		hooksfailed promptblocked contentblocked censorshipblocked unsafecontent unsafe flagged refusal
		inappropriatecontent cyberpolicyviolation promptguardblocked contentsafety securityblocked
		usagepolicyviolation riskcontrol
		1301 10013 10014 10019 baseresp1026 baseresp1027`},

	{KindAuth, precise, `invalidapikey invalidkey incorrectapikey wrongapikey apikeyinvalid apikeyexpired apikeynotfound
		apikeymissing missingapikey noapikey apikeydisabled keydisabled keyexpired expiredkey expiredapikey revokedapikey
		invalidaccesstoken accesstokenexpired accesstokeninvalid tokenexpired expiredtoken invalidtoken tokenrevoked
		tokeninvalidated tokennotfoundindb unrecognizedclient invalidsignature signaturedoesnotmatch incompletesignature
		missingauthenticationtoken invalidclienttokenid authfailure credentialsmissing invalidcredentials missingcredentials
		badcredentials invalidauthentication invalidauthorization invalidiamtoken accountdeactivated accountdisabled
		authenticationfailed authfailed accountlocked invalidaccountstatus deactivatedworkspace
		organizationdeactivated notauthenticated failedtoauth authenticationtokenexpired userauthorizationfailed authorizationrequired loginrequired missingauthorization
		1110 1111 1112 1121 baseresp1004 baseresp2049
		errorcode110 errorcode111 errorcode13 errorcode14`},
	{KindAuth, broad, `authentication auth unauthorized unauthenticated unauthorised`},

	{KindPermission, precise, `unsupportedcountryregionterritory unsupportedcountry regionrestricted regionnotsupported
		requestforbidden locationnotsupported keymodelaccessdenied teammodelaccessdenied usermodelaccessdenied
		orgmodelaccessdenied projectmodelaccessdenied modelaccessdenied modelnotallowed modelnotopen unpurchased
		modelaccess servicenotopen servicenotactivated accessunpurchased servicedisabled apikeyserviceblocked
		apikeyhttpreferrerblocked apikeyipaddressblocked consumerinvalid consumersuspended ipnotallowed ipnotauthorized
		ipblocked insufficientpermissions insufficientscope missingscope noaccess notauthorized featuredisabled
		optinrequired organizationrestricted accountrestricted projectrestricted subscriptionrequired usagenotincluded tieraccessdenied
		modelidaccessdisabled modeltermsrequired termsrequired modelpermissionblockedorg modelpermissionblockedproject 1220 11200 1311 10163`},
	{KindPermission, broad, `permission permissiondenied permissionsdenied forbidden accessdenied accessdeny accessterminated`},

	{KindNotFound, precise, `modelnotfound modelnotexist modelnotexists modeldoesnotexist invalidmodel invalidmodelid unknownmodel
		nosuchmodel modelnotsupported unsupportedmodel modeldecommissioned modeldeprecated modelretired modelterminated
		modelunavailableupstream unavailablemodel deploymentnotfound deploymentnotexist endpointnotfound noendpoints
		constraintfiltered freevariantended wrongendpoint invalidendpointormodelnotfound invalidendpointormodel unknownurl
		routenotfound nosuchroute modeloffline modelnotdeployed 1211 1221 1222 20012 30003 baseresp2061`},
	{KindNotFound, broad, `modelnotavailable notfound resourcenotfound resourcedoesnotexist`},

	{KindQuota, precise, `insufficientquota insufficientuserquota insufficienttokenquota insufficientbalance
		insufficientaccountbalance insufficientcredit insufficientcredits insufficientfunds nofunds
		balanceinsufficient balancedepleted balancenotenough notenoughbalance notenoughcredits notenoughtokens notenoughmoney quotanotenough tokenquotareached consumptionlimitreached
		billing billinghardlimitreached billinglimitreached billingnotactive billingdisabled billingnotenabled
		budgetexceeded exceededbudget budgetlimitexceeded budgetlimitreached overbudget keybudgetexceeded creditbalanceexhausted
		creditbalancetoolow creditlimitexceeded creditlimitreached creditsexhausted creditexhausted creditsdepleted
		nocredits outofcredits credits creditsrequired creditrequired exceededcurrentquota
		arrearage accountoverdue serviceoverdue overdue prepaidbilloverdue postpaidbilloverdue accountinarrears
		freetieronly setlimitexceeded preconsumetokenquotafailed usagelimitreached usagelimitexceeded
		usagelimit spendinglimitreached spendinglimitexceeded spendlimitreached spendlimitexceeded
		monthlylimit monthlylimitreached monthlylimitexceeded monthlyusagelimit weeklylimit weeklylimitreached
		weeklyusagelimit dailylimitreached dailylimitexceeded dailyquotaexceeded monthlyquotaexceeded
		dailyusagelimit subscriptionexpired subscriptioninactive codingplansubscriptionexpired planexpired trialexpired
		openrouterkeylimit openrouterguardrailbudget openrouterworkspacebudget weightexceedsbudget
		resourcepackexhausted insufficientquotabalance exceedtokenquotalimit
		1113 1304 1308 1309 1310 30001 11201 1008 baseresp1008 baseresp2056 errorcode17 errorcode19`},
	{KindQuota, renewable, `creditlimit freeusagelimit quotaexceeded quotaexhausted quotalimitexceeded userquotaexceeded servicequotaexceeded
		accountquotaexceeded exceededquota quotalimitreached outofquota limitexceededquota`},
	{KindQuota, broad, `paymentrequired payment`},

	{KindRateLimit, precise, `requestquotaexceeded tokenquotaexceeded throttlingratequota ratequota throttlingallocationquota
		allocationquotaratelimit burstrate limitburstrate inflightbudgetexhausted openrouterinflightbudget
		upstreamprovidersharedpool inflightbatchsizeexceeded requestbursttoofast slowdown
		ratelimitreached ratelimitreachedrequests modelaccountrpmratelimitexceeded modelaccounttpmratelimitexceeded modelaccountipmratelimitexceeded
		apiaccountrpmratelimitexceeded accountratelimitexceeded endpointrpmexceeded endpointtpmexceeded
		rpmratelimitexceeded tpmratelimitexceeded requestlimitexceeded userratelimitexceeded concurrencylimitexceeded
		concurrencylimit toomanyconcurrentrequests maxconcurrencyexceeded spikearrestviolation
		1302 1303 1313 10007 11202 11203
		baseresp1002 baseresp1039 baseresp1041 errorcode4 errorcode18 errorcode336501 errorcode336502`},
	{KindRateLimit, plainly, `ratelimitexceeded ratelimit ratelimited toomanyrequests toomanyrequest`},
	{KindRateLimit, broad, `toomanytokens throttling throttled
		throttle resourceexhausted limitexceeded limitrequests requestthrottled`},

	{KindConflict, broad, `conflict alreadyexists aborted`},

	{KindOverloaded, precise, `overloaded engineoverloaded serveroverloaded serverisoverloaded modeloverloaded serveroverload
		serviceoverloaded provideroverloaded capacityexhausted capacityexceeded modelcapacityexhausted nocapacity
		insufficientcapacity temporarilyunavailable modelnotready modelloading modelisloading modelwarming
		serverbusy systembusy busy modelbusy systemcpuoverloaded systemmemoryoverloaded systemdiskoverloaded
		channelnoavailablekey 1305 1312 10110 50505 50603 errorcode336100`},
	{KindOverloaded, broad, `servicenotavailable serviceunavailable unavailable overload`},

	{KindUpstream, precise, `upstreamstream badgateway badresponse badresponsebody emptyresponse emptystream emptycompletion
		modelstream toolusefailed jsonvalidatefailed outputparsefailed channelinvalidkey`},
	{KindUpstream, broad, `modelerror providerunavailable upstreamunavailable apiconnection dorequestfailed readresponsebodyfailed`},

	{KindTimeout, precise, `modeltimeout upstreamtimeout inferencetimeout gatewaytimeout enginerequesttimeout baseresp1001`},
	{KindTimeout, broad, `timeout requesttimeout requesttimedout deadlineexceeded timedout`},

	{KindServer, precise, `generation incompletegeneration`},
	{KindServer, broad, `cancelled canceled 1234 baseresp1000 baseresp1013 baseresp1024 baseresp1033 errorcode1 errorcode2 errorcode336000`},
}
