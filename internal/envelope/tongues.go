package envelope

// tongues are the phrases of servers that speak other languages than English, Russian and Chinese. Most gateways say all
// of it with a status and a code too; what counts is what a status hides.
var tongues = map[mentions][]string{
	longContext: {
		"上下文長度", "超過上下文", "コンテキスト長", "最大コンテキスト", "コンテキストの長さ", "컨텍스트 길이", "최대 컨텍스트",
		"longueur de contexte", "longueur du contexte", "fenêtre de contexte", "longitud de contexto", "longitud del contexto", "ventana de contexto",
		"comprimento de contexto", "tamanho do contexto", "janela de contexto", "kontextlänge", "kontextfenster", "độ dài ngữ cảnh", "cửa sổ ngữ cảnh",
		"bağlam uzunluğu", "bağlam penceresi", "lunghezza del contesto", "finestra di contesto", "długość kontekstu", "okno kontekstu",
	},
	moderated: {
		"違規", "審核未通過", "內容安全", "不當內容", "コンテンツポリシー", "不適切なコンテンツ", "ポリシーに違反", "콘텐츠 정책", "부적절한 콘텐츠", "정책을 위반",
		"politique de contenu", "contenu inapproprié", "política de contenido", "políticas de contenido", "contenido inapropiado", "contenido inadecuado",
		"política de conteúdo", "conteúdo impróprio", "conteúdo inapropriado", "inhaltsrichtlinie", "unangemessener inhalt",
		"chính sách nội dung", "nội dung không phù hợp", "içerik politikası", "contenuto inappropriato",
	},
	badKey: {
		"無效的令牌", "令牌已過期", "令牌無效", "無效的 api", "無效的api", "密鑰無效", "金鑰無效", "金鑰已過期", "未提供令牌", "驗證失敗", "認證失敗",
		"無効なトークン", "無効なapi", "無効な api", "apiキーが無効", "トークンの有効期限が切れ", "トークンは有効期限が切れ", "認証に失敗", "認証エラー", "トークンが提供されて",
		"유효하지 않은 토큰", "유효하지 않은 api", "토큰이 만료", "토큰은 만료", "api 키가 유효하지", "api 키가 잘못", "인증에 실패", "인증 실패", "토큰이 제공되지",
		"clé api invalide", "clé api non valide", "clé api incorrecte", "clé api expirée",
		"clave api no válida", "clave de api no válida", "clave api inválida", "clave de api inválida", "clave api incorrecta",
		"chave de api inválida", "chave api inválida", "chave da api inválida",
		"ungültiger api-schlüssel", "api-schlüssel ist ungültig", "api-schlüssel ungültig",
		"khóa api không hợp lệ", "api key không hợp lệ", "geçersiz api anahtarı", "api anahtarı geçersiz",
		"chiave api non valida", "nieprawidłowy klucz", "niepoprawny klucz", "błędny klucz",
	},
	borrowed: {
		"jeton invalide", "jeton expiré", "jeton a expiré", "token no válido", "token inválido", "token expirado", "token ha expirado", "token ha caducado", "token expirou",
		"ungültiger token", "ungültiges token", "token ist abgelaufen", "token abgelaufen", "token không hợp lệ", "token đã hết hạn", "geçersiz token", "token non valido",
		"token scaduto", "niepoprawny token", "nieprawidłowy token", "token wygasł",
	},
	broke: {
		"餘額不足", "額度不足", "額度已用盡", "額度已用完", "額度用盡", "欠費", "残高不足", "残高が不足", "残高がありません", "クレジット不足", "クレジットが不足",
		"잔액이 부족", "잔액 부족", "크레딧이 부족", "크레딧 부족", "solde insuffisant", "crédit insuffisant", "crédits insuffisants", "crédits épuisés", "fonds insuffisants",
		"saldo insuficiente", "crédito insuficiente", "créditos insuficientes", "fondos insuficientes", "créditos agotados", "saldo agotado", "saldo esgotado", "créditos esgotados",
		"nicht genügend guthaben", "unzureichendes guthaben", "guthaben aufgebraucht", "guthaben ist aufgebraucht", "kein guthaben", "guthaben reicht nicht",
		"số dư không đủ", "không đủ số dư", "hết số dư", "yetersiz bakiye", "bakiye yetersiz", "credito insufficiente", "saldo insufficiente", "credito esaurito", "brak środków",
	},
	scant:     {"insuffisant", "épuisé", "insuficient", "agotad", "esgotad", "aufgebraucht", "unzureichend", "nicht genügend", "insufficient", "esaurit", "yetersiz", "brak ", "niewystarczając", "不足", "用尽", "用盡", "부족"},
	purse:     {"solde", "crédit", "saldo", "guthaben", "credito", "bakiye", "środk", "残高", "クレジット", "잔액", "크레딧", "餘額", "余额", "点数", "積分", "积分"},
	quotaNoun: {"クォータ", "할당량", "쿼터", "額度", "配額", "cuota", "cota", "kontingent", "hạn mức", "hạn ngạch", "kota"},
	usedUp: {
		"用盡", "耗盡", "達到上限", "達上限", "超過", "使い果た", "上限に達", "制限に達", "소진", "부족", "초과", "도달", "épuisé", "dépassé", "insuffisant", "atteint",
		"agotad", "excedid", "insuficiente", "superad", "alcanzad", "esgotad", "atingid", "excedeu", "erschöpft", "aufgebraucht", "überschritten", "erreicht",
		"đã hết", "không đủ", "vượt quá", "tükendi", "aşıldı", "doldu", "esaurit", "superat", "raggiunt", "wyczerpan", "przekroczon",
	},
	rateNoun: {
		"請求次數", "請求數", "リクエスト制限", "リクエスト数", "요청 수", "요청 한도", "limite de requêtes", "nombre de requêtes", "límite de solicitudes", "límite de peticiones",
		"limite de solicitações", "limite de requisições", "anfragelimit", "anzahl der anfragen", "giới hạn yêu cầu", "số lượng yêu cầu", "istek sınırı", "limite di richieste", "limit zapytań",
	},
	counted:   {"リクエスト", "요청", "requête", "solicitud", "peticion", "solicitaç", "requisiç", "anfrage", "yêu cầu", "istek", "richiest", "zapytań", "請求"},
	perMinute: {"每分鐘", "毎分", "분당", "par minute", "por minuto", "pro minute", "mỗi phút", "dakikada", "al minuto", "na minutę"},
	tooFast: {
		"請求過於頻繁", "請求太頻繁", "頻率過高", "頻率限制", "請求過多", "リクエストが多すぎ", "レート制限", "요청이 너무 많", "속도 제한", "trop de requêtes", "limite de débit",
		"demasiadas solicitudes", "demasiadas peticiones", "límite de velocidad", "muitas solicitações", "muitas requisições", "limite de taxa",
		"zu viele anfragen", "ratenlimit", "quá nhiều yêu cầu", "giới hạn tốc độ", "çok fazla istek", "hız sınırı", "troppe richieste", "zbyt wiele",
	},
	missingModel: {
		"無可用渠道", "沒有可用渠道", "找不到模型", "不支援的模型", "モデルが見つかりません", "モデルが存在しません", "モデルは存在しません", "利用可能なチャンネルがありません", "利用可能なチャネルがありません",
		"모델을 찾을 수 없", "모델이 존재하지", "사용 가능한 채널이 없", "aucun canal disponible", "modèle introuvable", "modèle inconnu",
		"ningún canal disponible", "no hay canal disponible", "no hay canales disponibles", "modelo no encontrado", "modelo no existe", "modelo desconocido",
		"nenhum canal disponível", "modelo não encontrado", "modelo não existe", "modell nicht gefunden", "unbekanntes modell", "modell existiert nicht", "kein verfügbarer kanal",
		"không có kênh", "không tìm thấy mô hình", "mô hình không tồn tại", "model bulunamadı", "modello non trovato", "nie znaleziono modelu", "model nie istnieje",
	},
	full: {
		"過載", "負載已飽和", "混雑して", "混み合って", "혼잡", "過負荷", "과부하", "surchargé", "sobrecargad", "sobrecarregad", "überlastet", "quá tải", "aşırı yük", "sovraccaric", "przeciążon",
	},
	troubled: {"エラー", "오류", "실패", "erreur", "échec", "fehler", "fehlgeschlagen", "falha", "lỗi", "hata", "błąd"},
}
